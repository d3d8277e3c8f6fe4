import { describe, expect, it } from 'vitest';
import { openFeed } from '../../../adapters/market-data/open-feed.ts';
import { loadMarkets } from '../../../config/markets.ts';
import type { FeedState, MarketState } from '../../../domain/market/feed.ts';
import { momentsOf } from '../../../domain/market/moments.ts';
import { createFeedReport } from '../../../workers/ingest/feed-report.ts';
import { createMarketTracks } from '../../../workers/ingest/market-tracks.ts';
import { warmUp } from '../../../workers/ingest/warm-up.ts';

const BARS = 4_800;

/** Warms up a third of the feed, with a bus that takes as long as it is told. */
async function warm(publish: (states: readonly MarketState[]) => Promise<void>) {
  const feed = await openFeed({ kind: 'synthetic', bars: BARS, speed: 'max', seed: 5 });
  const { description } = feed;
  const markets = description.markets.map(({ market }) => market);
  const told: FeedState[] = [];
  const first = await warmUp(momentsOf(feed.events()), {
    description,
    cursorMs: undefined,
    tracks: createMarketTracks(loadMarkets(markets), description.markets),
    streams: { publishStates: publish },
    report: createFeedReport({ run: 'r1', marketTimeEndMs: 0 }, { set: (so) => told.push(so) }),
  });
  return { first, told, warmupEndMs: description.warmupEndMs };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('warming up', () => {
  it('publishes all of history in its order, one batch after the other', async () => {
    const published: MarketState[] = [];
    let underWay = 0;
    const { first, told, warmupEndMs } = await warm(async (states) => {
      expect(++underWay).toBe(1);
      await pause(5);
      published.push(...states);
      underWay -= 1;
    });
    // Nothing is traded before all of it is there.
    expect(underWay).toBe(0);
    expect(published).toHaveLength((BARS / 3) * 2);
    const keys = published.map(({ event }) => `${event.marketTimeMs} ${event.market}`);
    expect(keys).toEqual(keys.toSorted());
    expect(published.at(-1)?.event.marketTimeMs).toBe(warmupEndMs);
    expect(first?.marketTimeMs).toBeGreaterThan(warmupEndMs);
    expect(told.at(-1)).toMatchObject({ events: published.length, marketTimeMs: warmupEndMs });
  });

  it('says only of what is on the bus that it is done', async () => {
    const sizes: number[] = [];
    const { told } = await warm(async (states) => {
      await pause(1);
      sizes.push(states.length);
    });
    expect(sizes.length).toBeGreaterThan(2);
    const sums = sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0));
    expect(told.map(({ events }) => events)).toEqual([0, ...sums]);
  });

  it('ends with the fault of a bus that cannot be written, at whichever batch', async () => {
    let batches = 0;
    const failing = warm(async () => {
      await pause(1);
      if (++batches === 2) throw new Error('the bus is closed');
    });
    await expect(failing).rejects.toThrow('the bus is closed');
    expect(batches).toBe(2);
  });
});
