import { createFieldSeal } from '../../adapters/payloads/field-seal.ts';

/** As a system without payload keys stores. */
export const UNSEALED = createFieldSeal([]);
