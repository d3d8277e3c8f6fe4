import type { Market } from '../../market/market.ts';
import type { Decimal } from '../../shared/decimal.ts';
import { OvermindError } from '../../shared/errors.ts';
import { isqrt } from '../../shared/isqrt.ts';

/** Net reserves, base units of each mint. */
export type PaperReserves = { readonly base: bigint; readonly quote: bigint };

const U64_MAX = 2n ** 64n - 1n;

/**
 * Net reserves of a paper pool whose price is the feed's: base = isqrt(k/p), quote = floor(k/base),
 * with k = depth²/p, so that the quote side holds the market's depth at every price. Exact: the
 * price is a fraction, never a float. A price that no u64 pool can show is refused.
 */
export function paperReserves(
  price: Decimal,
  market: Pick<Market, 'base' | 'quote' | 'paperDepth'>,
): PaperReserves {
  if (price.digits <= 0n) throw badPrice(price, 'a price above zero');
  // Quote base units per base base unit = numerator / denominator.
  const numerator = price.digits * 10n ** BigInt(market.quote.decimals);
  const denominator = 10n ** BigInt(price.scale + market.base.decimals);
  const depth = market.paperDepth as bigint;
  const base = isqrt((depth * depth * denominator * denominator) / (numerator * numerator));
  if (base === 0n || base > U64_MAX) {
    throw badPrice(price, 'a price that the depth of this market can show');
  }
  const quote = (depth * depth * denominator) / (numerator * base);
  if (quote === 0n || quote > U64_MAX) {
    throw badPrice(price, 'a price that the depth of this market can show');
  }
  return { base, quote };
}

function badPrice(price: Decimal, expected: string): OvermindError {
  return new OvermindError('input/invalid', {
    field: 'price',
    got: `${price.digits}e-${price.scale}`,
    expected,
  });
}
