import type { Decimal } from '../shared/decimal.ts';
import type { MarketId } from '../shared/ids.ts';
import { quoteUnits, type QuoteUnits } from '../shared/units.ts';
import { valueInQuote } from '../shared/valuation.ts';
import type { HeldPosition } from './risk-view.ts';

export type Mark = {
  readonly price: Decimal;
  readonly baseDecimals: number;
  readonly quoteDecimals: number;
};

/** Positions at their marks, rounded down, less all they cost. Undefined when a mark is missing. */
export function openPnlOf(
  positions: readonly HeldPosition[],
  markOf: (market: MarketId) => Mark | undefined,
): QuoteUnits | undefined {
  let sum = 0n;
  for (const { market, quantity, cost, costsPaid } of positions) {
    const mark = markOf(market);
    if (!mark) return undefined;
    sum += valueInQuote(quantity, { ...mark, rounding: 'down' }) - cost - costsPaid;
  }
  return quoteUnits(sum);
}
