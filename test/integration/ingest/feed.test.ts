import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, FEED_KEY } from '../../../adapters/bus/stream-names.ts';
import { createPoolWatch, type PoolWatch } from '../../../adapters/chain/pool-watch.ts';
import { openFeed } from '../../../adapters/market-data/open-feed.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { paperReserves } from '../../../domain/execution/venues/paper-reserves.ts';
import { reserveOf0, reserveOf1 } from '../../../domain/execution/venues/raydium-cpmm.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import type { ClockAnchor, MarketState } from '../../../domain/market/feed.ts';
import type { MarketEvent } from '../../../domain/market/market-event.ts';
import type { FeedArgs } from '../../../domain/market/market-feed.ts';
import { parseDecimal } from '../../../domain/shared/decimal.ts';
import {
  answerCandidates,
  newRun,
  openIngestWorld,
  readCandidates,
  readFeed,
  readStates,
  startIngest,
  untilFeedEnded,
  type IngestWorld,
  type RunningIngest,
} from './running-ingest.ts';
import { until } from '../../support/until.ts';

const BARS = 660;
const FEED: FeedArgs = { kind: 'synthetic', seed: 3, bars: BARS, speed: 'max' };
const markets = new Map(loadMarkets(['SOL-USDC', 'BONK-USDC']).map((one) => [one.id, one]));

let world: IngestWorld;
let pools: PoolWatch;
let ingest: RunningIngest | undefined;

beforeAll(async () => {
  world = await openIngestWorld();
  const { url: rpcUrl, wsUrl } = world.simnet;
  pools = createPoolWatch({
    rpcUrl,
    wsUrl,
    markets: [...markets.values()],
    commitment: 'processed',
  });
});
afterAll(async () => {
  await ingest?.end('SIGKILL');
  pools?.close();
  await world?.stop();
});

const keyOf = ({ event: { marketTimeMs, market } }: MarketState): string =>
  `${marketTimeMs} ${market}`;
const withoutRun = ({ signalId, features, price }: Candidate) => ({
  id: signalId.slice(signalId.indexOf('-')),
  features,
  price,
});

async function expectWholeFeed(): Promise<void> {
  const states = await readStates(world);
  const events: MarketEvent[] = [];
  for await (const event of (await openFeed(FEED)).events()) events.push(event);
  expect(states).toHaveLength(2 * BARS);
  expect(states.map(({ event }) => event)).toEqual(events);
}

describe('a feed from its first event to its last', () => {
  let reference: readonly Candidate[] = [];

  beforeEach(async () => {
    await ingest?.end('SIGKILL');
    ingest = undefined;
  });

  it('publishes each event once, each candidate under its price, and holds for its leg', async () => {
    await newRun(world, 'r1', FEED);
    const peer = await answerCandidates(world, async (candidate) => {
      const { market: id, poolSlot, price, marketTimeMs } = candidate;
      const market = markets.get(id);
      if (!market) throw new Error(`unknown market ${id}`);
      // The pool shows the candidate's price in its slot, and still does many slots later: no
      // event follows while the leg is in flight.
      for (const slot of [poolSlot, poolSlot + 5]) {
        const seen = await pools.waitForSlot(id, slot, 5_000);
        const [base, quote] = market.pool.baseIsToken0
          ? [reserveOf0, reserveOf1]
          : [reserveOf1, reserveOf0];
        expect(seen && { base: base(seen), quote: quote(seen) }).toEqual(
          paperReserves(parseDecimal(price, 'price'), market),
        );
      }
      const states = await readStates(world);
      expect(states.at(-1)?.event.marketTimeMs).toBe(marketTimeMs);
      expect((await readJson<ClockAnchor>(world.bus, CLOCK_KEY))?.rate).toBe(1);
      return 'declined' as const;
    });
    ingest = await startIngest(world, 'r1');
    expect(ingest.said).toMatchObject({ kind: 'ready', run: 'r1', bars: 2 * BARS });

    const state = await untilFeedEnded(world);
    await peer.stop();
    expect(peer.faults).toEqual([]);
    await expectWholeFeed();

    const candidates = await readCandidates(world);
    reference = candidates;
    expect(candidates.length).toBeGreaterThan(4);
    expect(new Set(candidates.map(({ market }) => market)).size).toBe(2);
    expect(state).toMatchObject({
      run: 'r1',
      events: 2 * BARS,
      candidates: candidates.length,
      legsInFlight: 0,
      staleMarkets: [],
      marketTimeMs: state.marketTimeEndMs,
    });
    const states = await readStates(world);
    for (const candidate of candidates) {
      const { market, screen, marketTimeMs, signalId, price, features } = candidate;
      expect(signalId).toBe(`r1-${market}-${screen}-${marketTimeMs}`);
      const own = states.find(
        ({ event }) => event.market === market && event.marketTimeMs === marketTimeMs,
      );
      expect(own).toMatchObject({ warmup: false, features, event: { close: price } });
      expect(candidate.memoryUpToMs).toBe(marketTimeMs);
      expect(candidate.poolSlot).toBeGreaterThan(0);
      expect(BigInt(candidate.receivedNs)).toBeLessThan(process.hrtime.bigint());
    }
    expect(await ingest.end('SIGTERM')).toBe(0);
  });

  it('marks history, gives features from the two hundredth bar on, and ends its clock', async () => {
    const states = (await readStates(world)).filter(({ event }) => event.market === 'SOL-USDC');
    expect(states.map(({ warmup }) => warmup)).toEqual(
      states.map((_, at) => at < Math.floor(BARS / 3)),
    );
    expect(states.map(({ features }) => features !== undefined)).toEqual(
      states.map((_, at) => at >= 199),
    );
    const { rows } = await world.pool.query('select cursor_market_ms from runs');
    const lastMs = states.at(-1)?.event.marketTimeMs;
    expect(rows).toEqual([{ cursor_market_ms: String(lastMs) }]);
    const anchor = await readJson<ClockAnchor>(world.bus, CLOCK_KEY);
    expect(anchor).toMatchObject({ rate: 0 });
    expect(anchor?.marketMs).toBeGreaterThanOrEqual(lastMs ?? Infinity);
  });

  it('is the same after a kill in its middle, and nothing comes twice', async () => {
    await newRun(world, 'r2', FEED);
    const peer = await answerCandidates(world, () => 'declined');
    ingest = await startIngest(world, 'r2');
    await until('some candidates', async () =>
      (await readCandidates(world)).length >= 3 ? true : undefined,
    );
    await ingest.end('SIGKILL');
    await world.bus.del(FEED_KEY); // As a start of the whole system does, so that nobody reads of the life before.
    ingest = await startIngest(world, 'r2');
    const state = await untilFeedEnded(world);
    await peer.stop();

    const states = await readStates(world);
    expect(new Set(states.map(keyOf)).size).toBe(states.length);
    await expectWholeFeed();
    // A candidate may come again, as the same one.
    const byId = new Map((await readCandidates(world)).map((one) => [one.signalId, one]));
    expect([...byId.values()].map(withoutRun)).toEqual(reference.map(withoutRun));
    expect(state).toMatchObject({ events: 2 * BARS, candidates: reference.length });
  });

  it('loses and repeats nothing when its connections break', async () => {
    await newRun(world, 'r3', FEED);
    const peer = await answerCandidates(world, () => 'declined');
    ingest = await startIngest(world, 'r3');
    for (let breaks = 0; breaks < 12; breaks++) {
      const seen = (await readFeed(world))?.marketTimeMs ?? 0;
      await world.bus.call('CLIENT', 'KILL', 'TYPE', 'NORMAL', 'SKIPME', 'YES');
      if (breaks % 3 === 0) {
        await world.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where application_name like 'overmind-ingest%'`,
        );
      }
      await until('the feed goes on', async () => {
        const now = await readFeed(world);
        return now && (now.marketTimeMs > seen || now.phase === 'ended') ? true : undefined;
      });
    }
    await untilFeedEnded(world);
    await peer.stop();
    await expectWholeFeed();
    const byId = new Map((await readCandidates(world)).map((one) => [one.signalId, one]));
    expect([...byId.values()].map(withoutRun)).toEqual(reference.map(withoutRun));
  });

  it('lets a leg that nobody ends hold the clock for its time and no longer', async () => {
    const args: FeedArgs = { ...FEED, market: 'SOL-USDC' };
    await newRun(world, 'r4', args);
    ingest = await startIngest(world, 'r4');
    const [first] = await until('a candidate', async () => {
      const all = await readCandidates(world);
      return all.length > 0 ? all : undefined;
    });
    const heldFrom = Date.now();
    await until('the next event', async () =>
      ((await readFeed(world))?.marketTimeMs ?? 0) > (first?.marketTimeMs ?? Infinity)
        ? true
        : undefined,
    );
    const heldMs = Date.now() - heldFrom;
    expect(heldMs).toBeGreaterThan(15_000);
    expect(heldMs).toBeLessThan(25_000);
    expect((await readFeed(world))?.legsInFlight).toBeGreaterThan(0);
  });
});

describe('a feed that cannot be', () => {
  it('is refused with the error that says what is wrong', async () => {
    await newRun(world, 'r5', { kind: 'replay', files: ['/nowhere/SOLUSDT_1m.csv'], speed: 60 });
    const refused = await startIngest(world, 'r5');
    expect(refused.said.kind).toBe('failed');
    expect(refused.said.message).toContain('recording/invalid');
    expect(refused.said.message).toContain('no such file');
    expect(await refused.gone).toBe(1);

    const unknown = await startIngest(world, 'r6');
    expect(unknown.said.message).toContain('OVERMIND_RUN_ID');
    expect(await unknown.gone).toBe(1);
  });
});
