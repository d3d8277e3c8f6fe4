import { OvermindError } from './errors.ts';

/** An exact decimal: `digits · 10^-scale`. Market files and feeds are parsed into it, never into a float. */
export type Decimal = { readonly digits: bigint; readonly scale: number };

const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Parses `146.74` and `1.333e-05` exactly. Throws `input/invalid` that names `field`. */
export function parseDecimal(text: string, field: string): Decimal {
  const match = DECIMAL.exec(text.trim());
  if (!match) {
    throw new OvermindError('input/invalid', { field, got: text, expected: 'a decimal number' });
  }
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const unsigned = BigInt(whole + fraction);
  const digits = sign === '-' ? -unsigned : unsigned;
  const scale = fraction.length - Number(exponent);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function decimalToNumber({ digits, scale }: Decimal): number {
  return Number(`${digits}e-${scale}`);
}

/** Negative, zero or positive, as `left` is below, equal to or above `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const difference =
    left.digits * 10n ** BigInt(scale - left.scale) -
    right.digits * 10n ** BigInt(scale - right.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
