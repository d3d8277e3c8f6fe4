import { basisPoints, type BasisPoints } from '../shared/units.ts';
import type { ExitPlan } from './signal.ts';

/** Distances in units of the market's typical move over the horizon. */
const STOP_MOVES = 1.5;
const TAKE_MOVES = 1;
/** Nearer than that is noise, farther is no protection. */
const STOP_BPS = { min: 20, max: 1_000 };
const TAKE_BPS = { min: 20, max: 2_000 };

/**
 * Exits as wide as the market moves. The fill price holds the entry's fee and impact, so the feed
 * stands that much below it from the start: the stop leaves room for it, and the profit must also
 * earn the way out.
 */
export function planExits(terms: {
  readonly typicalMoveBps: number;
  readonly oneWayCostBps: number;
  readonly horizonMs: number;
}): ExitPlan {
  const { typicalMoveBps, oneWayCostBps, horizonMs } = terms;
  return {
    stopLoss: within(oneWayCostBps + STOP_MOVES * typicalMoveBps, STOP_BPS),
    takeProfit: within(oneWayCostBps + TAKE_MOVES * typicalMoveBps, TAKE_BPS),
    timeExitMs: horizonMs,
  };
}

function within(bps: number, { min, max }: { readonly min: number; readonly max: number }) {
  const clamped: BasisPoints = basisPoints(Math.round(Math.max(min, Math.min(max, bps))));
  return clamped;
}
