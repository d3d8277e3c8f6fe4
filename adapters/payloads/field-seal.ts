import { OvermindError } from '../../domain/shared/errors.ts';
import type { FieldSeal, JsonObject } from '../../domain/shared/field-seal.ts';
import { createPayloadCipher } from './payload-cipher.ts';

const FIELD = 'sealed';

/** Of what the ledger stores. Without keys nothing is sealed, and nothing sealed is opened. */
export function createFieldSeal(keys: readonly Buffer[]): FieldSeal {
  const cipher = createPayloadCipher(keys, 'ledger');
  return {
    seal(record, names, about) {
      if (keys.length === 0) return record;
      const fields = Object.entries(record);
      const inside = Object.fromEntries(fields.filter(([name]) => names.includes(name)));
      const outside = Object.fromEntries(fields.filter(([name]) => !names.includes(name)));
      const sealed = cipher.seal(Buffer.from(JSON.stringify(inside), 'utf8'), about);
      return { ...outside, [FIELD]: sealed.toString('base64') };
    },
    open(record, about) {
      const { [FIELD]: sealed, ...outside } = record;
      if (sealed === undefined) return record;
      if (typeof sealed !== 'string') {
        throw new OvermindError('payload/sealed', { about, fault: 'not text' });
      }
      const inside = cipher.open(Buffer.from(sealed, 'base64'), about).toString('utf8');
      return { ...outside, ...(JSON.parse(inside) as JsonObject) }; // What `seal` wrote.
    },
  };
}
