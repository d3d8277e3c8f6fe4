import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED_KEY, RUN_ENDING_KEY } from '../../../adapters/bus/stream-names.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import type { FeedArgs } from '../../../domain/market/market-feed.ts';
import type { ExitTrigger } from '../../../domain/positions/exit-trigger.ts';
import {
  answerCandidates,
  closePosition,
  newRun,
  openIngestWorld,
  openPosition,
  publishLegEnd,
  readCandidates,
  readExits,
  readFeed,
  readStates,
  startIngest,
  untilFeedEnded,
  type IngestWorld,
  type RunningIngest,
} from './running-ingest.ts';
import { until } from '../../support/until.ts';

const FEED: FeedArgs = {
  kind: 'synthetic',
  seed: 3,
  bars: 660,
  speed: 'max',
  market: 'SOL-USDC',
};
const FIVE_MINUTES = 300_000;
const DAY_MS = 86_400_000;

let world: IngestWorld;
let ingest: RunningIngest;

beforeAll(async () => {
  world = await openIngestWorld();
});
afterAll(async () => {
  await ingest?.end('SIGKILL');
  await world?.stop();
});

const exitsOf = async (signalId: string): Promise<ExitTrigger[]> =>
  (await readExits(world)).filter((trigger) => trigger.signalId === signalId);
const firstExit = (signalId: string): Promise<ExitTrigger> =>
  until(`an exit of ${signalId}`, async () => (await exitsOf(signalId))[0]);
const control = async () =>
  (
    await world.pool.query<Record<string, unknown>>(
      'select halted, halt_epoch, stop_id, reduce_only_until_market_ms as until from control',
    )
  ).rows[0];

/** One SOL bought at the candidate's price, to be held for five minutes. */
const openAt = ({ signalId, runId, market, marketTimeMs, price }: Candidate): Promise<void> =>
  openPosition(world, {
    signalId,
    runId,
    market,
    openedAtMs: marketTimeMs,
    quantity: '1000000000',
    cost: String(Math.round(Number(price) * 1e6)),
    timeExitMs: FIVE_MINUTES,
  });

/** Enters at the first candidate and declines all others. */
function enterFirst() {
  let entered: Candidate | undefined;
  return answerCandidates(world, async (candidate) => {
    if (entered) return 'declined';
    entered = candidate;
    await openAt(candidate);
    return 'landed';
  });
}

describe('positions under watch', () => {
  let first: Candidate;

  it('asks for a time exit at the very event at which it is due, and waits for its end', async () => {
    await newRun(world, 'p1', FEED);
    const peer = await enterFirst();
    ingest = await startIngest(world, 'p1', { OVERMIND_RISK_DAILY_LOSS_USD_MAX: '10' });
    first = await until('a candidate', async () => (await readCandidates(world))[0]);
    const exit = await firstExit(first.signalId);
    const dueMs = first.marketTimeMs + FIVE_MINUTES;
    expect(exit).toMatchObject({ reason: 'time', market: 'SOL-USDC', marketTimeMs: dueMs });
    const state = (await readStates(world)).find(({ event }) => event.marketTimeMs === dueMs);
    expect(exit.price).toBe(state?.event.close);
    expect(exit.solPrice).toBe(exit.price);
    expect(exit.poolSlot).toBeGreaterThan(first.poolSlot);

    // An attempt that failed does not let the market run away.
    await publishLegEnd(world, { signalId: first.signalId, leg: 'exit', end: 'failed' });
    await world.pool.query(`update positions set status = 'exiting' where status = 'open'`);
    await until('nothing but the same event', async () => {
      const feed = await readFeed(world);
      return feed?.marketTimeMs === dueMs && feed.legsInFlight === 1 ? true : undefined;
    });
    const since = (await readStates(world))
      .map(({ event }) => event)
      .filter(({ marketTimeMs: at }) => at > first.marketTimeMs && at <= dueMs)
      .map(({ close }) => Number(close));
    await until(`a high-water mark of ${Math.max(...since)}`, async () => {
      const { rows } = await world.pool.query<{ high: string | null }>(
        'select high_water as high from positions where signal_id = $1',
        [first.signalId],
      );
      return Number(rows[0]?.high) === Math.max(...since) ? true : undefined;
    });
    await peer.stop();
  });

  it('latches reduce-only for the market day once the realised loss passes its limit', async () => {
    const peer = await answerCandidates(world, () => 'declined');
    await closePosition(world, {
      signalId: first.signalId,
      atMs: first.marketTimeMs + FIVE_MINUTES,
      pnl: '-10000001',
    });
    await publishLegEnd(world, { signalId: first.signalId, leg: 'exit', end: 'landed' });
    const { until: untilMs } = await until('reduce-only', async () => {
      const now = await control();
      return now?.['until'] === null ? undefined : now;
    });
    const nextDayMs = (Math.floor(first.marketTimeMs / DAY_MS) + 1) * DAY_MS;
    expect(untilMs).toBe(String(nextDayMs));
    expect(await control()).toMatchObject({ halted: false });
    await untilFeedEnded(world);
    await peer.stop();
    // Asked once an event while open, and the events were held: never again after that.
    expect(await exitsOf(first.signalId)).toHaveLength(1);
  });

  it('closes what is open when the run ends, again and again until it is closed', async () => {
    const last = (await readStates(world)).at(-1)?.event;
    const late: Candidate = {
      ...first,
      signalId: 'p1-SOL-USDC-late-1',
      marketTimeMs: last?.marketTimeMs ?? 0,
    };
    await openAt(late);
    expect(await exitsOf(late.signalId)).toEqual([]);
    await world.bus.set(RUN_ENDING_KEY, '1');
    const exit = await firstExit(late.signalId);
    expect(exit).toMatchObject({ reason: 'run-ended', price: last?.close });
    await until('a second one', async () =>
      (await exitsOf(late.signalId)).length > 1 ? true : undefined,
    );

    await closePosition(world, { signalId: late.signalId, atMs: late.marketTimeMs, pnl: '0' });
    await publishLegEnd(world, { signalId: late.signalId, leg: 'exit', end: 'landed' });
    await until('no leg in flight', async () =>
      (await readFeed(world))?.legsInFlight === 0 ? true : undefined,
    );
    const sent = (await exitsOf(late.signalId)).length;

    // Another one, later still: it is seen without any event.
    const later = { ...late, signalId: 'p1-SOL-USDC-late-2' };
    await openAt(later);
    await firstExit(later.signalId);
    expect(await exitsOf(late.signalId)).toHaveLength(sent);
    expect(await ingest.end('SIGTERM')).toBe(0);
  });

  it('halts once when the total loss passes its limit, and then triggers nothing', async () => {
    await newRun(world, 'p2', FEED);
    const { halt_epoch: before } = (await control()) ?? {};
    let entered: Candidate | undefined;
    const peer = await answerCandidates(world, async (candidate) => {
      if (entered) return 'declined';
      entered = candidate;
      // Open and far under water: an open loss counts as well.
      await openPosition(world, {
        signalId: candidate.signalId,
        runId: 'p2',
        market: 'SOL-USDC',
        openedAtMs: candidate.marketTimeMs,
        quantity: '1',
        cost: '20000001',
        timeExitMs: 10 * DAY_MS,
      });
      return 'landed';
    });
    await world.pool.query('update control set halted = false');
    ingest = await startIngest(world, 'p2', { OVERMIND_RISK_TOTAL_LOSS_USD_MAX: '20' });
    await until('a halt', async () => ((await control())?.['halted'] === true ? true : undefined));
    await untilFeedEnded(world);
    await peer.stop();
    expect(await control()).toMatchObject({
      halted: true,
      halt_epoch: String(Number(before) + 1),
      stop_id: 'total-loss/p2/1',
    });
    await world.bus.set(RUN_ENDING_KEY, '1');
    await untilSeenAgain(3);
    expect(await readExits(world)).toEqual([]);
  });
});

/** Until ingest has shown that it lives on: it publishes its state again by itself. */
async function untilSeenAgain(times: number): Promise<void> {
  for (let seen = 0; seen < times; seen++) {
    await world.bus.del(FEED_KEY);
    await until('the feed state again', () => readFeed(world));
  }
}
