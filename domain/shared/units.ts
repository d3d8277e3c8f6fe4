import type { Brand } from './brand.ts';

/** 10⁻⁹ SOL. */
export type Lamports = Brand<bigint, 'Lamports'>;
/** Base units of whatever mint the field names. Never negative, never above u64. */
export type TokenUnits = Brand<bigint, 'TokenUnits'>;
/** Base units of the quote mint (micro-USDC). Signed: P&L and equity changes use it too. */
export type QuoteUnits = Brand<bigint, 'QuoteUnits'>;
/** Hundredths of a percent; an integer from 0 to 10,000. */
export type BasisPoints = Brand<number, 'BasisPoints'>;

const U64_MAX = 2n ** 64n - 1n;

function u64(value: bigint, what: string): bigint {
  if (value < 0n || value > U64_MAX) throw new RangeError(`${what} must fit in u64, got ${value}`);
  return value;
}

export const lamports = (value: bigint): Lamports => u64(value, 'lamports') as Lamports;
export const tokenUnits = (value: bigint): TokenUnits => u64(value, 'token amount') as TokenUnits;
export const quoteUnits = (value: bigint): QuoteUnits => value as QuoteUnits;

export function basisPoints(value: number): BasisPoints {
  if (!Number.isInteger(value) || value < 0 || value > 10_000) {
    throw new RangeError(`basis points must be an integer from 0 to 10000, got ${value}`);
  }
  return value as BasisPoints;
}

/** `amount · share`, rounded down: a limit is never rounded in our favour. */
export function portionOf(amount: QuoteUnits, share: BasisPoints): QuoteUnits {
  const product = amount * BigInt(share);
  // BigInt division truncates towards zero; a negative amount must go down, too.
  const floor =
    product < 0n && product % 10_000n !== 0n ? product / 10_000n - 1n : product / 10_000n;
  return quoteUnits(floor);
}
