import type { Decimal } from './decimal.ts';
import { quoteUnits, type QuoteUnits } from './units.ts';

const SOL_DECIMALS = 9;

export type ValuationTerms = {
  /** Quote per base, both in whole tokens. */
  readonly price: Decimal;
  readonly baseDecimals: number;
  readonly quoteDecimals: number;
  /** Against ourselves: what we own goes `down`, what we owe or paid goes `up`. */
  readonly rounding: 'down' | 'up';
};

/** Base units of a token in base units of the quote, exactly, rounded once. */
export function valueInQuote(amount: bigint, terms: ValuationTerms): QuoteUnits {
  const { price, baseDecimals, quoteDecimals, rounding } = terms;
  const numerator = amount * price.digits * 10n ** BigInt(quoteDecimals);
  const denominator = 10n ** BigInt(baseDecimals + price.scale);
  const floor = floorDivide(numerator, denominator);
  const isExact = floor * denominator === numerator;
  return quoteUnits(rounding === 'up' && !isExact ? floor + 1n : floor);
}

/** What lamports are worth in quote units. Costs go `up`. */
export function lamportsInQuote(
  amount: bigint,
  solPrice: Decimal,
  quoteDecimals: number,
  rounding: 'down' | 'up',
): QuoteUnits {
  return valueInQuote(amount, {
    price: solPrice,
    baseDecimals: SOL_DECIMALS,
    quoteDecimals,
    rounding,
  });
}

/**
 * How much more quote was paid for the base than `price` says (negative: less), beside what it says;
 * both exact, in a unit of their own, for a ratio.
 */
export function gapToPrice(
  { base, quote }: { readonly base: bigint; readonly quote: bigint },
  { price, baseDecimals, quoteDecimals }: Omit<ValuationTerms, 'rounding'>,
): { readonly gap: bigint; readonly atPrice: bigint } {
  const paid = quote * 10n ** BigInt(baseDecimals + price.scale);
  const atPrice = base * price.digits * 10n ** BigInt(quoteDecimals);
  return { gap: paid - atPrice, atPrice };
}

/** Towards minus infinity; `/` on bigints goes towards zero. The divisor is positive. */
export function floorDivide(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}

/** Towards plus infinity. The divisor is positive. */
export function ceilDivide(numerator: bigint, denominator: bigint): bigint {
  return -floorDivide(-numerator, denominator);
}
