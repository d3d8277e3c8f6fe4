import { atMost, holds, type RiskRule } from '../rule.ts';

/** Candles are stale after two intervals without a newer one, by the feed's clock. */
const INTERVALS_MAX = 2;

export const staleData: RiskRule = (signal, view) => {
  const { marketNowMs, intervalMs } = view;
  if (marketNowMs === undefined || intervalMs === undefined) {
    return holds('stale-data', false, 'a market clock and a newest event', 'none');
  }
  const ageMs = Math.floor(marketNowMs - signal.lastEventMs);
  if (!Number.isFinite(ageMs) || !Number.isFinite(intervalMs)) {
    return holds('stale-data', false, 'a finite age and interval', `${ageMs} of ${intervalMs}`);
  }
  return atMost('stale-data', BigInt(ageMs), BigInt(INTERVALS_MAX * intervalMs));
};
