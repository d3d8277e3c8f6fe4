import { connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { openFeed } from '../../../adapters/market-data/open-feed.ts';
import { loadMarkets } from '../../../config/markets.ts';
import type { MarketFeed } from '../../../domain/market/market-feed.ts';
import type { MarketEvent } from '../../../domain/market/market-event.ts';
import { momentsOf } from '../../../domain/market/moments.ts';
import { createFeedReport } from '../../../workers/ingest/feed-report.ts';
import { openFeedStreams } from '../../../workers/ingest/feed-streams.ts';
import { createMarketTracks } from '../../../workers/ingest/market-tracks.ts';
import { warmUp } from '../../../workers/ingest/warm-up.ts';
import { startTestServers } from '../../../test/support/servers.ts';
import { inRounds, withStops, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { median, short } from '../spread.ts';

const GOAL_EVENTS = 50_000;
const GOAL_BARS = 20_000;
/** What was asked for: one a second. */
const ASKED = 1;

/** Events a second through the real ingest: features, screens, and both streams' writes. */
export const ingestBench: Bench = (options) =>
  withStops(async (onStop) => {
    const servers = await startTestServers({ dragonfly: true });
    onStop(servers.stop);
    const bus = await connectBus(servers.dragonflyUrl, { name: 'bench' });
    onStop(() => bus.disconnect());
    return measure(options, bus);
  });

type Rates = { readonly whole: number[]; readonly computed: number[]; readonly plain: number[] };

async function measure(options: BenchOptions, bus: BusConnection): Promise<readonly Row[]> {
  const bars = options.quick ? 10_000 : 50_000;
  const feed = await openFeed({ kind: 'synthetic', bars, speed: 'max', seed: 7 });
  // Made before: a feed's own cost is another matter than what becomes of its events.
  const events: MarketEvent[] = [];
  for await (const event of feed.events()) events.push(event);
  const rates: Rates = { whole: [], computed: [], plain: [] };
  await inRounds(options, async () => {
    rates.whole.push(rateOf(events.length, await ingest(feed, events, bus)));
    const few = events.slice(0, Math.ceil(events.length / 5));
    rates.plain.push(rateOf(few.length, await appendOneByOne(few, bus)));
    rates.computed.push(rateOf(events.length, await compute(feed, events)));
  });
  return rowsOf(rates);
}

/** The way of history: nothing of it is waited for but the bus. */
async function ingest(
  feed: MarketFeed,
  events: readonly MarketEvent[],
  bus: BusConnection,
): Promise<number> {
  await bus.flushall(); // Each round's feed begins at the same time again.
  const signal = new AbortController().signal;
  const streams = await openFeedStreams(bus, 'bench', { signal, onFault: throwOn });
  const { description } = feed;
  const begunMs = performance.now();
  await warmUp(momentsOf(inOrder(events)), {
    description: { ...description, warmupEndMs: Infinity },
    cursorMs: undefined,
    tracks: tracksOf(feed),
    streams,
    report: createFeedReport({ run: 'bench', marketTimeEndMs: 0 }, { set: () => undefined }),
  });
  return performance.now() - begunMs;
}

async function compute(feed: MarketFeed, events: readonly MarketEvent[]): Promise<number> {
  const tracks = tracksOf(feed);
  const begunMs = performance.now();
  let fired = 0;
  for (const event of events) if (tracks.take(event).screen !== undefined) fired += 1;
  const tookMs = performance.now() - begunMs;
  if (fired === 0) throw new Error('no screen fired: nothing was screened');
  return tookMs;
}

/** What one would write: each event as JSON, and the next one when it is stored. */
async function appendOneByOne(events: readonly MarketEvent[], bus: BusConnection): Promise<number> {
  const begunMs = performance.now();
  for (const event of events) {
    await bus.xadd('bench:events', 'MAXLEN', '~', 100_000, '*', 'e', JSON.stringify(event));
  }
  return performance.now() - begunMs;
}

function tracksOf({ description: { markets } }: MarketFeed) {
  return createMarketTracks(loadMarkets(markets.map(({ market }) => market)), markets);
}

async function* inOrder(events: readonly MarketEvent[]): AsyncGenerator<MarketEvent> {
  yield* events;
}

const rateOf = (count: number, tookMs: number): number => (count * 1_000) / tookMs;

function throwOn(error: unknown): never {
  throw error;
}

function rowsOf({ whole, computed, plain }: Rates): readonly Row[] {
  const [events, bars, baseline] = [median(whole), median(computed), median(plain)];
  return [
    {
      what: 'market events ingested: features, screens, stream',
      goal: `≥ ${short(GOAL_EVENTS)}/s`,
      measured: `${short(events)}/s`,
      baseline: `${short(baseline)}/s: JSON and an awaited XADD each, no features`,
      ratio: `${short(events / baseline)}x`,
      met: events >= GOAL_EVENTS,
      gate: { asked: `asked ${ASKED}/s`, passed: events >= ASKED },
    },
    {
      what: 'features and screens alone',
      goal: `≥ ${short(GOAL_BARS)} bars/s`,
      measured: `${short(bars)} bars/s`,
      baseline: '–',
      ratio: '–',
      met: bars >= GOAL_BARS,
    },
  ];
}
