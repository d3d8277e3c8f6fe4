import { quoteBaseInput, type CpmmPool } from '../execution/venues/raydium-cpmm.ts';
import type { Market } from '../market/market.ts';
import type { Decimal } from '../shared/decimal.ts';
import type { Side } from '../shared/ids.ts';
import type { BasisPoints } from '../shared/units.ts';
import { ceilDivide, floorDivide, gapToPrice } from '../shared/valuation.ts';

const BPS_ONE = 10_000n;

/** What the pool would pay now, fee and impact included; undefined where it would not swap. */
export function quoteOut(
  pool: CpmmPool,
  market: Market,
  side: Side,
  amountIn: bigint,
): bigint | undefined {
  // A buy pays quote: it goes 0 → 1 exactly where token 0 is the quote token.
  const zeroForOne = (side === 'sell') === market.pool.baseIsToken0;
  return quoteBaseInput(pool, zeroForOne, amountIn)?.amountOut;
}

/** The least we take: rounded down, since a limit above the quote could never be met. */
export function leastOut(quotedOut: bigint, slippage: BasisPoints): bigint {
  return floorDivide(quotedOut * (BPS_ONE - BigInt(slippage)), BPS_ONE);
}

/** Share of `amountIn` lost by buying and selling at once, in bps. Undefined: one way has no quote. */
export function roundTripBps(pool: CpmmPool, market: Market, amountIn: bigint): number | undefined {
  const bought = quoteOut(pool, market, 'buy', amountIn);
  const back = bought === undefined ? undefined : quoteOut(pool, market, 'sell', bought);
  if (back === undefined) return undefined;
  return Number(((amountIn - back) * 1_000_000n) / amountIn) / 100;
}

/**
 * How far the pool's effective price lies from the feed's, either way, in bps, rounded up: the
 * check of one price source against the other.
 */
export function collarOf(
  exchanged: { readonly base: bigint; readonly quote: bigint },
  market: Market,
  feedPrice: Decimal,
): number {
  const { gap, atPrice } = gapToPrice(exchanged, {
    price: feedPrice,
    baseDecimals: market.base.decimals,
    quoteDecimals: market.quote.decimals,
  });
  return Number(ceilDivide((gap > 0n ? gap : -gap) * BPS_ONE, atPrice));
}
