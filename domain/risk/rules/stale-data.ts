import { atMost, holds, type RiskRule } from '../rule.ts';

/** Candles are stale after two intervals without a newer one, by the feed's clock. */
const INTERVALS_MAX = 2;

export const staleData: RiskRule = (signal, view) => {
  const { marketNowMs, intervalMs } = view;
  if (marketNowMs === undefined || intervalMs === undefined) {
    return holds('stale-data', false, 'a market clock and a newest event', 'none');
  }
  const ageMs = Math.floor(marketNowMs - signal.lastEventMs);
  if (!Number.isFinite(ageMs)) {
    return holds('stale-data', false, 'a finite age', String(ageMs));
  }
  return atMost('stale-data', BigInt(ageMs), BigInt(INTERVALS_MAX * intervalMs));
};
