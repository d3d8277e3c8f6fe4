import type { FeedArgs, FeedDescription, FeedMarket } from '../../domain/market/market-feed.ts';

/**
 * Markets as one feed. Trading begins when the market that begins first has its history; ties wait
 * for the later one. A market that begins later than that is traded once its features are stable.
 */
export function describeFeed(
  kind: FeedArgs['kind'],
  markets: readonly FeedMarket[],
): FeedDescription {
  const firstMs = Math.min(...markets.map((market) => market.firstMs));
  const earliest = markets.filter((market) => market.firstMs === firstMs);
  return {
    kind,
    markets,
    warmupEndMs: Math.max(...earliest.map((market) => market.warmupEndMs)),
    firstMs,
    lastMs: Math.max(...markets.map((market) => market.lastMs)),
    bars: markets.reduce((sum, market) => sum + market.bars, 0),
  };
}
