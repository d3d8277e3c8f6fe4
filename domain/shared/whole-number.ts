import { OvermindError } from './errors.ts';

const WHOLE = /^-?\d{1,78}$/;

/** A decimal string from a wire or a row as a bigint. Throws `input/invalid` that names `field`. */
export function wholeNumber(text: string, field: string): bigint {
  // `BigInt` alone would also take '', ' 7 ' and '0x10'.
  if (typeof text === 'string' && WHOLE.test(text)) return BigInt(text);
  throw new OvermindError('input/invalid', {
    field,
    got: String(text).slice(0, 100),
    expected: 'a whole number as decimal string',
  });
}
