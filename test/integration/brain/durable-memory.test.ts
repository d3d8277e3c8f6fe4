import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ChromaClient } from 'chromadb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createTradeRecords } from '../../../adapters/ledger/trade-records.ts';
import { createSocketClient, type SocketClient } from '../../../adapters/socket-rpc/client.ts';
import type { Opinion } from '../../../domain/analysis/opinion.ts';
import type { MarketState } from '../../../domain/market/feed.ts';
import { cacheFolder } from '../../../workers/dev/servers/cache-folder.ts';
import { startChroma } from '../../../workers/dev/servers/chroma.ts';
import type { RunningServer } from '../../../workers/dev/servers/running-server.ts';
import { startBrain, type RunningBrain } from '../../support/brain.ts';
import { runCli } from '../../support/cli.ts';
import { candidateOf, syntheticStates } from '../../support/market-states.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const RUN = 'test';
const HORIZON = 30;
/** More than a day of minutes: its patterns are whole. */
const HISTORY = 1_700;
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
  await createTradeRecords(pool).recordAnalysed({ candidate, workflowId, opinion });
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

async function stopChroma(): Promise<number> {
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

  it('holds what the ledger holds, and an index from either finds the same neighbours', async () => {
    const { code, same, markets } = await check();
    expect({ code, same }).toEqual({ code: 0, same: true });
    expect(markets).toEqual([
      {
        ...{ market: 'SOL-USDC', featureVersion: 'state_v1', states: HISTORY + HORIZON - 199 },
        ...{ missing: 0, differing: 0, asked: 500, answeredDifferently: 0 },
      },
    ]);
  });

  it('gets what came while Chroma was away', async () => {
    const port = await stopChroma();
    const signalId = await decide(states[published - 1]!);
    await publish(HISTORY + 2 * HORIZON);
    await startTheChroma(port);
    await untilWritten();
    expect(await metadataOf('decisions', signalId)).toMatchObject({ status: 'resolved' });
    expect(await check()).toMatchObject({ code: 0, same: true });
  });

  it('gets all of the run again when Chroma has lost it, also what an earlier life wrote', async () => {
    const signalId = await decide(states[published - 1]!);
    const port = await stopChroma();
    rmSync(join(servers.home, 'chroma'), { recursive: true });
    await brain.kill();
    socket.close();
    await startTheChroma(port);
    await startTheBrain();
    await untilBrain('history read', async () => {
      return (await status()).upToMs['SOL-USDC'] === states[published - 1]!.event.marketTimeMs;
    });
    await untilWritten();
    expect(await check()).toMatchObject({ code: 0, same: true });
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
    expect(await check()).toMatchObject({ code: 1, markets: [{ differing: 0, missing: 1 }] });
  });
});
