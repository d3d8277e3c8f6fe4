import { ChromaClient } from 'chromadb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createSocketClient, type SocketClient } from '../../../adapters/socket-rpc/client.ts';
import type { Opinion } from '../../../domain/analysis/opinion.ts';
import { createMarketBrain } from '../../../domain/learning/market-brain.ts';
import type { MarketState } from '../../../domain/market/feed.ts';
import { runCli } from '../../support/cli.ts';
import { startBrain, type RunningBrain } from '../../support/brain.ts';
import { candidateOf, syntheticStates } from '../../support/market-states.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const RUN = 'test';
const HISTORY = 600;
const states = await syntheticStates(HISTORY + 60);

type Status = {
  readonly memory: Record<string, number>;
  readonly upToMs: Record<string, number>;
  readonly chroma: string;
  readonly ledger: string;
  readonly waiting: number;
};

let servers: TestServers;
let pool: LedgerPool;
let bus: BusConnection;
let brain: RunningBrain;
let socket: SocketClient;

const publish = (some: readonly MarketState[]): Promise<void> =>
  createStreamWriter(bus).appendAll(
    STREAMS.market,
    some.map((state) => ({ e: JSON.stringify(state) })),
  );
const analyse = (state: MarketState, over: object = {}): Promise<Opinion> =>
  socket.call<Opinion>('analyse', { ...candidateOf(state), ...over }, 2_000);
const status = (): Promise<Status> => socket.call<Status>('status', {}, 2_000);

/** What the pure brain, fed with the same events, says. */
function expected(count: number): Opinion {
  const pure = createMarketBrain('SOL-USDC');
  for (const state of states.slice(0, count)) pure.observe(state);
  return pure.analyse(candidateOf(states[count - 1]!));
}

const untilBrain = (what: string, holds: () => Promise<boolean>): Promise<boolean> =>
  until(() => `${what}\n${brain.output()}`, holds);

/** On a machine that does other things as well it takes longer to read history than `analyse` waits. */
const untilRead = (state: MarketState): Promise<boolean> =>
  untilBrain('history read', async () => {
    return (await status()).upToMs['SOL-USDC'] === state.event.marketTimeMs;
  });

async function start(): Promise<void> {
  brain = await startBrain({
    OVERMIND_HOME: servers.home,
    OVERMIND_RUN_ID: RUN,
    DATABASE_URL: servers.postgresUrl,
    DRAGONFLY_URL: servers.dragonflyUrl,
    CHROMA_URL: servers.chromaUrl,
  });
  socket = createSocketClient({ host: '127.0.0.1', port: brain.port });
}

beforeAll(async () => {
  servers = await startTestServers({ postgres: true, dragonfly: true, chroma: true });
  pool = createPool(servers.postgresUrl, 'test');
  await migrate(pool);
  const text = `insert into runs (run_id, feed, mode, wallet) values ($1, '{}', 'paper', 'w')`;
  await pool.query(text, [RUN]);
  bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  await publish(states.slice(0, HISTORY));
  await start();
});

afterAll(async () => {
  socket?.close();
  await brain?.stop();
  bus?.disconnect();
  await pool?.end();
  await servers?.stop();
});

describe('brain on real servers', () => {
  it('answers with the opinion of the pure policy over the same events', async () => {
    await untilRead(states[HISTORY - 1]!);
    expect(await analyse(states[HISTORY - 1]!)).toEqual(expected(HISTORY));
    const { memory, upToMs } = await status();
    expect(memory).toEqual({ 'SOL-USDC': HISTORY - 199 - 30 });
    expect(upToMs).toEqual({ 'SOL-USDC': states[HISTORY - 1]!.event.marketTimeMs });
  });

  it('waits for an event that is under way', async () => {
    const asked = analyse(states[HISTORY]!);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await publish([states[HISTORY]!]);
    expect(await asked).toEqual(expected(HISTORY + 1));
  });

  it('refuses in time when the memory is behind', async () => {
    const begun = performance.now();
    await expect(analyse(states[HISTORY + 1]!)).rejects.toMatchObject({ code: 'socket/refused' });
    const tookMs = performance.now() - begun;
    expect(tookMs).toBeGreaterThan(700); // And soon enough that it was no `socket/timeout`.
  });

  it.each([
    ['of another run', { runId: 'other' }, /candidate\.runId/],
    ['without features', { features: [] }, /candidate\.features/],
    ['of a market without events', { market: 'NONE-USDC' }, /memory\/unready/],
    ['with features of another kind', { featureVersion: 'state_v9' }, /memory\/unready/],
  ])('refuses a candidate %s', async (_what, over, fault) => {
    await expect(analyse(states[HISTORY]!, over)).rejects.toMatchObject({
      context: { fault: expect.stringMatching(fault) as string },
    });
  });

  it('skips what it cannot use and goes on', async () => {
    const { event, ...rest } = states[HISTORY + 1]!;
    await createStreamWriter(bus).append(STREAMS.market, { e: '{"no json' });
    await publish([{ ...rest, event: { ...event, close: 'NaN' } }, states[HISTORY + 1]!]);
    expect(await analyse(states[HISTORY + 1]!)).toEqual(expected(HISTORY + 2));
  });

  it('writes states and outcomes to Postgres, behind', async () => {
    const count = async (): Promise<unknown> =>
      (
        await pool.query(
          `select count(*)::int as states, count(outcome_bps)::int as known,
             bool_and(resolved_market_ms - market_time_ms = 1800000) as "atHorizon"
           from market_states where run_id = $1`,
          [RUN],
        )
      ).rows[0];
    const wanted = { states: HISTORY + 2 - 199, known: HISTORY + 2 - 199 - 30, atHorizon: true };
    await untilBrain('all rows', async () => (await status()).waiting === 0);
    expect(await count()).toEqual(wanted);
  });

  it('writes states and decisions to Chroma, behind', async () => {
    await untilBrain('nothing waits', async () => (await status()).waiting === 0);
    const { hostname, port } = new URL(servers.chromaUrl);
    const client = new ChromaClient({ host: hostname, port: Number(port) });
    const open = (name: string) => client.getCollection({ name, embeddingFunction: null as never });
    const market = await open('market.state_v1.SOL-USDC');
    expect(await market.count()).toBe(HISTORY + 2 - 199);
    const last = states[HISTORY + 1]!;
    const { metadatas } = await market.get({
      ids: [`${RUN}/SOL-USDC@${last.event.marketTimeMs}`],
    });
    expect(metadatas[0]).toMatchObject({ price: last.event.close, run: RUN });
    // An outcome in here would be one that was not known when the state came.
    expect(Object.keys(metadatas[0] ?? {})).not.toContain('outcomeBps');
    const decisions = await open('decisions.state_v1.SOL-USDC');
    const found = await decisions.get({ ids: [candidateOf(last).signalId] });
    expect(found.metadatas[0]).toMatchObject({ status: 'pending', policyVersion: 'fast_v2' });
    expect(found.documents[0]).toContain('past states are near');
    expect(await status()).toMatchObject({ chroma: 'ok', ledger: 'ok' });
  });

  it('goes on without Chroma, and says so', async () => {
    const { pid } = servers.servers.find(({ name }) => name === 'chroma')!;
    process.kill(pid!, 'SIGKILL');
    await untilBrain('degraded', async () => (await status()).chroma === 'degraded');
    await publish(states.slice(HISTORY + 2, HISTORY + 10));
    expect(await analyse(states[HISTORY + 9]!)).toEqual(expected(HISTORY + 10));
  });

  it('is the same brain after a kill', async () => {
    await brain.kill();
    socket.close();
    await start();
    await untilRead(states[HISTORY + 9]!);
    expect(await analyse(states[HISTORY + 9]!)).toEqual(expected(HISTORY + 10));
    // It answers before it has tried Chroma.
    await untilBrain('degraded', async () => (await status()).chroma === 'degraded');
  });

  it('leaves out what the operator revoked, from that moment on and after a kill', async () => {
    const last = states[HISTORY + 9]!;
    const votersOf = async () => (await analyse(last)).neighbours.map(({ id }) => id);
    const [first = ''] = await votersOf();
    const env = {
      OVERMIND_HOME: servers.home,
      DATABASE_URL: servers.postgresUrl,
      OVERMIND_BRAIN_PORT: String(brain.port),
    };
    const shown = await runCli(['memory', 'show', first, '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: first, runId: RUN, trades: [] });
    const args = ['memory', 'revoke', first, '--reason', 'a wrong print', '--json'];
    const revoked = await runCli(args, env);
    expect(JSON.parse(revoked.stdout)).toMatchObject({
      brainTold: true,
      revoked: { reason: 'a wrong print' },
    });
    expect(await votersOf()).not.toContain(first);

    await brain.kill();
    socket.close();
    await start();
    await untilRead(last);
    expect(await votersOf()).not.toContain(first);
  });

  it('begins anew when a new run begins on the stream', async () => {
    await publish(states.slice(0, 300));
    await untilBrain(
      'new memory',
      async () => (await status()).memory['SOL-USDC'] === 300 - 199 - 30,
    );
    const opinion = await analyse(states[299]!);
    expect(opinion).toEqual(expected(300));
    expect(opinion.known).toBe(false); // 71 resolved states are too few.
  });

  it('names everything that it cannot start without', async () => {
    const env = { DATABASE_URL: '', DRAGONFLY_URL: '', OVERMIND_RUN_ID: '' };
    await expect(startBrain({ OVERMIND_HOME: servers.home, ...env })).rejects.toThrow(
      /DATABASE_URL: missing.*DRAGONFLY_URL: missing.*OVERMIND_RUN_ID: missing/,
    );
  });
});
