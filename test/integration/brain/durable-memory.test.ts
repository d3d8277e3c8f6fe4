import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ChromaClient } from 'chromadb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { createPool, queryRows, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createTradeRecords } from '../../../adapters/ledger/trade-records.ts';
import { createChromaMemory, stateRecordId } from '../../../adapters/memory/chroma-memory.ts';
import { createMarketStates } from '../../../adapters/memory/postgres-market-states.ts';
import { createSocketClient, type SocketClient } from '../../../adapters/socket-rpc/client.ts';
import { checkMemory, isSame } from '../../../cli/memory/check-memory.ts';
import { showDay } from '../../../cli/memory/day-patterns.ts';
import { FAST_POLICY } from '../../../domain/analysis/fast-policy-settings.ts';
import { readDayId } from '../../../domain/analysis/memory-id.ts';
import type { Opinion } from '../../../domain/analysis/opinion.ts';
import { differingAnswers, rebuildMemory } from '../../../domain/learning/compare-memories.ts';
import type { MarketState } from '../../../domain/market/feed.ts';
import { cacheFolder } from '../../../workers/dev/servers/cache-folder.ts';
import { startChroma } from '../../../workers/dev/servers/chroma.ts';
import type { RunningServer } from '../../../workers/dev/servers/running-server.ts';
import { startBrain, type RunningBrain } from '../../support/brain.ts';
import { runCli } from '../../support/cli.ts';
import { candidateOf, syntheticStates } from '../../support/market-states.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const RUN = 'test';
const HORIZON = 30;
/** More than a day of minutes, whose patterns are then whole, and of states more than 2,000. */
const HISTORY = 2_300;
const states = await syntheticStates(HISTORY + 200);

let servers: TestServers;
let chroma: RunningServer;
let pool: LedgerPool;
let bus: BusConnection;
let brain: RunningBrain;
let socket: SocketClient;
let client: ChromaClient;
let published = 0;

async function publish(upTo: number): Promise<void> {
  const some = states.slice(published, upTo);
  published = upTo;
  await createStreamWriter(bus).appendAll(
    STREAMS.market,
    some.map((state) => ({ e: JSON.stringify(state) })),
  );
  const last = some.at(-1)!.event.marketTimeMs;
  await untilBrain('history read', async () => (await status()).upToMs['SOL-USDC'] === last);
}

type Status = {
  readonly upToMs: Record<string, number>;
  readonly chroma: string;
  readonly waiting: number;
};
const status = (): Promise<Status> => socket.call<Status>('status', {}, 2_000);
const untilBrain = (what: string, holds: () => Promise<boolean>): Promise<boolean> =>
  until(() => `${what}\n${brain.output()}`, holds);
const untilWritten = (): Promise<boolean> =>
  untilBrain('all is written', async () => {
    const { chroma: health, waiting } = await status();
    return health === 'ok' && waiting === 0;
  });

/** A decision as the trading worker asks for it and records it. */
async function decide(state: MarketState): Promise<string> {
  const candidate = candidateOf(state);
  const opinion = await socket.call<Opinion>('analyse', candidate, 2_000);
  const workflowId = `trade/${candidate.market}/${candidate.signalId}`;
  await createTradeRecords(pool, UNSEALED).recordAnalysed({ candidate, workflowId, opinion });
  return candidate.signalId;
}

const open = (family: string) =>
  client.getCollection({ name: `${family}.state_v1.SOL-USDC`, embeddingFunction: null as never });
const metadataOf = async (family: string, id: string) =>
  (await (await open(family)).get({ ids: [id], include: ['metadatas'] })).metadatas[0];
const outcomeOf = async (state: MarketState): Promise<number | null> => {
  const text = 'select outcome_bps from market_states where run_id = $1 and market_time_ms = $2';
  return (await pool.query(text, [RUN, state.event.marketTimeMs])).rows[0].outcome_bps;
};
const env = () => ({
  OVERMIND_HOME: servers.home,
  DATABASE_URL: servers.postgresUrl,
  CHROMA_URL: chroma.url,
});
const check = async () => {
  const { code, stdout } = await runCli(['memory', 'check', '--json'], env());
  return { code, ...(JSON.parse(stdout) as { same: boolean; markets: object[] }) };
};

type Counts = {
  readonly states: number;
  readonly labelled: number;
  readonly asked: number;
  readonly resolved: number;
};

async function countsInLedger(): Promise<Counts> {
  const text = `select count(*)::int as states, count(outcome_bps)::int as labelled,
      (select count(*)::int from trades where run_id = $1) as asked,
      (select count(s.outcome_bps)::int from trades
         join market_states s using (run_id, market, market_time_ms) where run_id = $1) as resolved
    from market_states where run_id = $1`;
  return (await pool.query<Counts>(text, [RUN])).rows[0]!;
}

async function countsInChroma(): Promise<Counts> {
  const count = async (family: string) => {
    const { metadatas } = await (await open(family)).get({ include: ['metadatas'] });
    return [metadatas.length, metadatas.filter((one) => one?.['outcomeBps'] !== undefined).length];
  };
  const [[states = 0, labelled = 0], [asked = 0, resolved = 0]] = await Promise.all([
    count('market'),
    count('decisions'),
  ]);
  return { states, labelled, asked, resolved };
}

const compared = () => checkMemory(pool, createChromaMemory(chroma.url), RUN);

async function startTheBrain(): Promise<void> {
  brain = await startBrain({
    ...env(),
    OVERMIND_RUN_ID: RUN,
    DRAGONFLY_URL: servers.dragonflyUrl,
  });
  socket = createSocketClient({ host: '127.0.0.1', port: brain.port });
}

async function startTheChroma(port?: number): Promise<void> {
  const earlier = new Map(port ? [['chroma', { pid: 0, startTicks: '', ports: [port] }]] : []);
  const { home } = servers;
  const setup = { home, cache: cacheFolder(process.env), env: process.env, earlier };
  chroma = await startChroma({ ...setup, ports: 'any', progress: () => {} });
}

/** Killed in the middle of what it does; the stop only keeps it from being started again. */
async function killChroma(): Promise<number> {
  process.kill(chroma.pid!, 'SIGKILL');
  await chroma.stop();
  await untilBrain('degraded', async () => (await status()).chroma === 'degraded');
  return Number(new URL(chroma.url).port);
}

beforeAll(async () => {
  servers = await startTestServers({ postgres: true, dragonfly: true });
  await startTheChroma();
  const { hostname, port } = new URL(chroma.url);
  client = new ChromaClient({ host: hostname, port: Number(port) });
  pool = createPool(servers.postgresUrl, 'test');
  await migrate(pool);
  const text = `insert into runs (run_id, feed, mode, wallet) values ($1, '{}', 'paper', 'w')`;
  await pool.query(text, [RUN]);
  bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  await startTheBrain();
}, 120_000);

afterAll(async () => {
  socket?.close();
  await brain?.kill();
  bus?.disconnect();
  await pool?.end();
  await chroma?.stop();
  await servers?.stop();
});

describe('the durable memory', () => {
  it('learns the outcome of a state and of the decision in it when the market has shown it', async () => {
    await publish(HISTORY);
    const state = states[HISTORY - 1]!;
    const signalId = await decide(state);
    await untilWritten();
    expect(await metadataOf('decisions', signalId)).toMatchObject({ status: 'pending' });

    await publish(HISTORY + HORIZON);
    await untilWritten();
    const outcomeBps = await outcomeOf(state);
    expect(outcomeBps).toEqual(expect.any(Number));
    const known = { outcomeBps: String(outcomeBps), status: 'resolved' };
    expect(await metadataOf('decisions', signalId)).toMatchObject({
      ...known,
      decisionId: signalId,
    });
    const id = `${RUN}/SOL-USDC@${state.event.marketTimeMs}`;
    expect(await metadataOf('market', id)).toMatchObject({ ...known, price: state.event.close });
  });

  it('keeps what the states of a day had in common, and what came of them', async () => {
    const found = await (await open('patterns')).get({ include: ['metadatas'] });
    const day = found.metadatas[0]?.['day'] as string; // As it was written.
    const ofDay = found.metadatas.filter((one) => one?.['day'] === day);
    const begin = Date.parse(`${day}T00:00:00Z`);
    const { rows } = await pool.query(
      `select count(*)::int as count, avg(outcome_bps) as mean from market_states
       where outcome_bps is not null and market_time_ms >= $1 and market_time_ms < $2`,
      [begin, begin + 86_400_000],
    );
    const counts = ofDay.map((one) => Number(one?.['count']));
    const count = counts.reduce((sum, one) => sum + one, 0);
    expect(count).toBe(rows[0].count);
    const mean = ofDay.reduce((sum, one, at) => sum + Number(one?.['meanBps']) * counts[at]!, 0);
    expect(mean / count).toBeCloseTo(Number(rows[0].mean), 6);
  });

  it('shows such a day with what was decided in each of its regimes', async () => {
    const day = states[400]!.event.marketTimeMs;
    const id = `SOL-USDC/${new Date(day).toISOString().slice(0, 10)}`;
    const signalId = await decide(states[400]!);
    const show = await runCli(['memory', 'show', id, '--json'], env());
    type Shown = { readonly count: number; readonly decisions: readonly string[] };
    const { patterns } = JSON.parse(show.stdout) as { readonly patterns: readonly Shown[] };
    expect(patterns.length).toBeGreaterThan(1);
    expect(patterns.flatMap(({ decisions }) => decisions)).toEqual([signalId]);
    const nobodys = readDayId('SOL-USDC/1999-01-01')!;
    await expect(
      showDay(pool, createChromaMemory(chroma.url), { day: nobodys, runId: RUN }),
    ).rejects.toMatchObject({ code: 'memory/unknown' });
  });

  it('holds what the ledger holds, and an index from either finds the same neighbours', async () => {
    const { code, same, markets } = await check();
    expect({ code, same }).toEqual({ code: 0, same: true });
    expect(markets).toMatchObject([{ patterns: await (await open('patterns')).count() }]);
    expect(markets).toEqual([
      {
        ...{ market: 'SOL-USDC', featureVersion: 'state_v1', states: HISTORY + HORIZON - 199 },
        ...{ missing: 0, differing: 0, asked: 500, answeredDifferently: 0 },
        ...{ patterns: expect.any(Number), patternsDiffering: 0 },
      },
    ]);
  });

  it('answers questions that nobody asked before alike from either store', async () => {
    const ledger = await createMarketStates(RUN, (operation, query) =>
      queryRows(pool, operation, query),
    ).readJudged(undefined, 10_000);
    expect(ledger.length).toBeGreaterThan(2_000);
    const ids = ledger.map((state) => stateRecordId(RUN, state));
    const collection = {
      family: 'market',
      featureVersion: 'state_v1',
      market: 'SOL-USDC',
    } as const;
    const stored = new Map(
      (await createChromaMemory(chroma.url).read(collection, ids)).map((one) => [one.id, one]),
    );
    const fromChroma = ledger.map(({ marketTimeMs }, at) => {
      const { vector, outcomeBps, resolvedMs } = stored.get(ids[at]!)!;
      return { marketTimeMs, features: vector, outcomeBps, resolvedMs };
    });
    const indexes = [rebuildMemory(ledger), rebuildMemory(fromChroma)] as const;
    const dimensions = ledger[0]!.features.length;
    const { marketTimeMs } = ledger.at(-1)!;
    const anywhere = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
      ...{ minLength: dimensions, maxLength: dimensions },
    });
    const questions = fc
      .sample(anywhere, { numRuns: 1_000, seed: 20_261_126 })
      .map((features) => ({ features, marketTimeMs }));
    const { features } = questions[0]!;
    const { nearest } = indexes[0].recall({ features, upToMs: marketTimeMs })!;
    expect(nearest.length).toBe(FAST_POLICY.neighbours);
    expect(differingAnswers(indexes, questions)).toBe(0);
  });

  it('gets what came while Chroma was away', async () => {
    const port = await killChroma();
    const signalId = await decide(states[published - 1]!);
    await publish(HISTORY + 2 * HORIZON);
    await startTheChroma(port);
    await untilWritten();
    expect(await metadataOf('decisions', signalId)).toMatchObject({ status: 'resolved' });
    expect((await compared()).map(isSame)).toEqual([true]);
    expect(await countsInChroma()).toEqual(await countsInLedger());
  });

  it('gets all of the run again when Chroma has lost it while the brain lives', async () => {
    const patterns = await (await open('patterns')).count();
    const port = await killChroma();
    rmSync(join(servers.home, 'chroma'), { recursive: true });
    await startTheChroma(port);
    await untilWritten();
    const [market] = await compared();
    expect(market).toMatchObject({ patterns });
    expect(isSame(market!)).toBe(true);
    expect(await countsInChroma()).toEqual(await countsInLedger());
  });

  it('gets it also from a brain that starts anew, with what its earlier life wrote', async () => {
    const signalId = await decide(states[published - 1]!);
    const port = await killChroma();
    rmSync(join(servers.home, 'chroma'), { recursive: true });
    await brain.kill();
    socket.close();
    await startTheChroma(port);
    await startTheBrain();
    await untilBrain('history read', async () => {
      return (await status()).upToMs['SOL-USDC'] === states[published - 1]!.event.marketTimeMs;
    });
    await untilWritten();
    expect((await compared()).map(isSame)).toEqual([true]);
    // The outcome of a decision that was made before the kill finds it all the same.
    await publish(HISTORY + 3 * HORIZON);
    await untilWritten();
    expect(await metadataOf('decisions', signalId)).toMatchObject({ status: 'resolved' });
  });

  it('is said to differ where somebody else has changed it', async () => {
    const state = states[HISTORY - 1]!;
    const id = `${RUN}/SOL-USDC@${state.event.marketTimeMs}`;
    await (await open('market')).update({ ids: [id], metadatas: [{ outcomeBps: '1' }] });
    const answer = await check();
    expect(answer).toMatchObject({ code: 1, same: false, markets: [{ differing: 1, missing: 0 }] });
    await (await open('market')).delete({ ids: [id] });
    expect(await compared()).toMatchObject([{ differing: 0, missing: 1 }]);
  });
});
