import { openFeed } from '../../adapters/market-data/open-feed.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { FeedMarket } from '../../domain/market/market-feed.ts';
import type { Market } from '../../domain/market/market.ts';
import type { Reading } from '../../workers/ingest/market-tracks.ts';

/** One-minute bars of a made-up market, the same on every machine. */
export type BenchMarket = {
  readonly market: Market;
  readonly facts: readonly FeedMarket[];
  readonly events: readonly MarketEvent[];
};

export async function syntheticMarket(bars: number): Promise<BenchMarket> {
  const [market] = loadMarkets(['SOL-USDC']);
  if (!market) throw new Error('the registry has no SOL-USDC');
  const args = { kind: 'synthetic', market: market.id, bars, seed: 1, speed: 'max' } as const;
  const feed = await openFeed(args);
  const events: MarketEvent[] = [];
  for await (const event of feed.events()) events.push(event);
  return { market, facts: feed.description.markets, events };
}

/** A state as a question, whether or not a screen fired. */
export function questionOf(
  { event, featureVersion }: Reading,
  features: readonly number[],
): Candidate {
  const { market, marketTimeMs, close } = event;
  return {
    signalId: `bench-${market}-none-${marketTimeMs}`,
    ...{ runId: 'bench', market, screen: 'none', marketTimeMs, featureVersion, features },
    ...{ price: close, solPrice: close, poolSlot: 0, memoryUpToMs: marketTimeMs, receivedNs: '0' },
  };
}
