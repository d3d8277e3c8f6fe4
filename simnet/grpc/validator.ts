import { createHash } from 'node:crypto';
import { encodeBase58 } from '../../domain/shared/base58.ts';

/** The only one there is: it leads every slot. */
export const VALIDATOR = encodeBase58(
  createHash('sha256').update('overmind simnet validator').digest(),
);

export const REGION = 'simnet';
