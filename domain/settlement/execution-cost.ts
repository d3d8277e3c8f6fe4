import type { Signal } from '../decision/signal.ts';
import { parseDecimal } from '../shared/decimal.ts';
import { humanBps, humanPrice } from '../shared/human-amounts.ts';
import type { Side } from '../shared/ids.ts';
import { ceilDivide, gapToPrice } from '../shared/valuation.ts';
import type { Wire } from '../shared/wire.ts';
import type { Fill } from './settlement.ts';

const BPS_ONE = 10_000n;

/** An executed leg as its signal wanted it and as the chain did it; amounts are base units. */
export type ExecutedLeg = {
  readonly side: Side;
  readonly amountIn: string;
  readonly quotedOut: string;
  readonly minAmountOut: string;
  readonly amountOut: string;
  /** Decimal string: the feed's price when the leg was decided. */
  readonly feedPrice: string;
  readonly baseDecimals: number;
  readonly quoteDecimals: number;
};

/** Prices at the four moments of a leg, quote per base, and how they differ. Positive: against us. */
export type ExecutionCost = {
  /** The feed's, when it was decided. */
  readonly decidedPrice: string;
  /** The pool's for this size, fee and impact included. */
  readonly quotedPrice: string;
  /** The worst that was approved. */
  readonly approvedPrice: string;
  readonly filledPrice: string;
  /** The fill against the quote, in bps, rounded up. */
  readonly slippageBps: number;
  /** The fill against the decided price, in bps, rounded up: spread, impact, venue's fee and delay. */
  readonly shortfallBps: number;
};

/** Both halves of a leg, in a market of these tokens. */
export function executedLegOf(
  signal: Pick<Wire<Signal>, 'quotedOut' | 'minAmountOut' | 'feedPrice'>,
  fill: Pick<Wire<Fill>, 'side' | 'amountIn' | 'amountOut'>,
  { base, quote }: Readonly<Record<'base' | 'quote', { readonly decimals: number }>>,
): ExecutedLeg {
  const { quotedOut, minAmountOut, feedPrice } = signal;
  const { side, amountIn, amountOut } = fill;
  const decimals = { baseDecimals: base.decimals, quoteDecimals: quote.decimals };
  return { side, amountIn, amountOut, quotedOut, minAmountOut, feedPrice, ...decimals };
}

export function executionCostOf(leg: ExecutedLeg): ExecutionCost {
  const priceAt = (amountOut: string): string =>
    humanPrice({ ...leg, ...exchangeOf(leg.side, leg.amountIn, amountOut) });
  return {
    decidedPrice: leg.feedPrice,
    quotedPrice: priceAt(leg.quotedOut),
    approvedPrice: priceAt(leg.minAmountOut),
    filledPrice: priceAt(leg.amountOut),
    slippageBps: slippageBps(leg.quotedOut, leg.amountOut),
    shortfallBps: shortfallBps(leg),
  };
}

/** The four prices and both differences, as a person reads them. */
export function describeCost(cost: ExecutionCost): string {
  const { decidedPrice, quotedPrice, approvedPrice, filledPrice } = cost;
  return [
    `decided ${decidedPrice}`,
    `quoted ${quotedPrice}`,
    `approved to ${approvedPrice}`,
    `filled ${filledPrice}`,
    `slippage ${humanBps(cost.slippageBps)}`,
    `shortfall ${humanBps(cost.shortfallBps)}`,
  ].join(' · ');
}

/** What a leg gives and gets, in base and quote units, from whichever side it trades. */
export type Exchange = { readonly base: string; readonly quote: string };

export function exchangeOf(side: Side, amountIn: string, amountOut: string): Exchange {
  return side === 'buy'
    ? { base: amountOut, quote: amountIn }
    : { base: amountIn, quote: amountOut };
}

/** How much less came out than was quoted, rounded up: against us. Negative: more. */
export function slippageBps(quotedOut: string, amountOut: string): number {
  const quoted = BigInt(quotedOut);
  return quoted === 0n ? 0 : Number(ceilDivide((quoted - BigInt(amountOut)) * BPS_ONE, quoted));
}

function shortfallBps(leg: ExecutedLeg): number {
  const { base, quote } = exchangeOf(leg.side, leg.amountIn, leg.amountOut);
  const price = parseDecimal(leg.feedPrice, 'signal.feedPrice');
  const swap = { base: BigInt(base), quote: BigInt(quote) };
  const { gap, atPrice } = gapToPrice(swap, { ...leg, price });
  if (atPrice === 0n) return 0;
  return Number(ceilDivide((leg.side === 'buy' ? gap : -gap) * BPS_ONE, atPrice));
}
