import type { Opinion } from '../analysis/opinion.ts';
import { quoteUnits, type QuoteUnits } from '../shared/units.ts';

export type ExpectedValue = {
  /** After all costs, bps of notional. */
  readonly bps: number;
  readonly costsBps: number;
  /** Kelly's share of the bankroll, 0–1; 0 without an edge. */
  readonly kelly: number;
};

/** p · win − (1 − p) · loss − costs. */
export function expectedValueOf(opinion: Opinion, costsBps: number): ExpectedValue {
  const { probability: p, averageWinBps, averageLossBps } = opinion;
  const bps = p * averageWinBps - (1 - p) * averageLossBps - costsBps;
  // Kelly with both results net of costs: p − (1 − p) · loss/win, which is the value over the win.
  const netWin = averageWinBps - costsBps;
  const kelly = bps > 0 && netWin > 0 ? Math.min(1, bps / netWin) : 0;
  return { bps, costsBps, kelly };
}

/**
 * A quarter of Kelly on a bankroll of four full sizes, so never above one full size. Rounded down,
 * but not below the smallest size, which is what learning costs.
 */
export function sizeOf(
  kelly: number,
  { notional, notionalMin }: { readonly notional: QuoteUnits; readonly notionalMin: QuoteUnits },
): QuoteUnits {
  const share = BigInt(Math.floor(Math.min(1, Math.max(0, kelly)) * 1_000_000));
  const size = ((notional as bigint) * share) / 1_000_000n;
  return quoteUnits(size > notionalMin ? size : notionalMin);
}
