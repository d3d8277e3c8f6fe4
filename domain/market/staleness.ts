import type { MarketId } from '../shared/ids.ts';

/** A market is stale when its newest event is older than this many of its intervals. */
const INTERVALS_MAX = 2;

export type MarketFreshness = {
  readonly market: MarketId;
  readonly intervalMs: number;
  /**
   * Market time of the newest event, or of the newest jump over a stretch in which no market had
   * one: such a stretch makes nothing stale. Undefined before the first event.
   */
  readonly lastEventMs?: number | undefined;
  /** Market time of the last event there will be; undefined for a feed without an end. */
  readonly endMs?: number | undefined;
};

/** A feed that has not begun or is over says nothing new, and that is not a fault. */
export function isStale(market: MarketFreshness, marketNowMs: number): boolean {
  const { intervalMs, lastEventMs, endMs = Infinity } = market;
  if (lastEventMs === undefined || lastEventMs >= endMs) return false;
  return marketNowMs - lastEventMs > INTERVALS_MAX * intervalMs;
}

export function staleMarkets(
  markets: readonly MarketFreshness[],
  marketNowMs: number,
): readonly MarketId[] {
  return markets.filter((market) => isStale(market, marketNowMs)).map(({ market }) => market);
}
