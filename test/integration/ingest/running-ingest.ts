import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { connectBlocking, connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { readJson } from '../../../adapters/bus/json-keys.ts';
import { FEED_KEY, STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { readFrom } from '../../../adapters/bus/stream-reader.ts';
import { valueOf } from '../../../adapters/bus/stream-entry.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import type { FeedState, LegEnd, MarketState } from '../../../domain/market/feed.ts';
import type { FeedArgs } from '../../../domain/market/market-feed.ts';
import type { ExitTrigger } from '../../../domain/positions/exit-trigger.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import { until } from '../../support/until.ts';

export type IngestWorld = {
  readonly servers: TestServers;
  readonly simnet: RunningSimnet;
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly stop: () => Promise<void>;
};

/** What ingest needs around it, all of it real. */
export async function openIngestWorld(): Promise<IngestWorld> {
  const [servers, simnet] = await Promise.all([
    startTestServers({ postgres: true, dragonfly: true }),
    startSimnet({ slotMs: 50 }),
  ]);
  const pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
  const bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  return {
    servers,
    simnet,
    pool,
    bus,
    async stop() {
      bus.disconnect();
      await pool.end();
      await Promise.all([servers.stop(), simnet.stop()]);
    },
  };
}

/** A run of its own on an empty bus; nothing of an earlier one is left. */
export async function newRun(
  { bus, pool }: IngestWorld,
  runId: string,
  feed: FeedArgs,
): Promise<void> {
  await bus.flushall();
  await pool.query(`update control set halted = false, reduce_only_until_market_ms = null`);
  await pool.query(`update positions set status = 'closed'`);
  await pool.query(
    `insert into runs (run_id, feed, mode, wallet) values ($1, $2, 'paper', 'wallet')`,
    [runId, JSON.stringify(feed)],
  );
}

export type RunningIngest = {
  /** What it told its supervisor, `ready` or `failed`. */
  readonly said: { readonly kind?: string; readonly message?: string };
  /** Exit code, when it has ended by itself. */
  readonly gone: Promise<number | null>;
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<number | null>;
};

const MAIN = fileURLToPath(new URL('../../../workers/ingest/main.ts', import.meta.url));

/** The real process, as the supervisor starts it. Resolves with the first thing it says. */
export function startIngest(
  { servers, simnet }: IngestWorld,
  runId: string,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningIngest> {
  const child = fork(MAIN, [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      ...process.env,
      OVERMIND_HOME: servers.home,
      OVERMIND_RUN_ID: runId,
      DATABASE_URL: servers.postgresUrl,
      DRAGONFLY_URL: servers.dragonflyUrl,
      OVERMIND_RPC_URLS: simnet.url,
      ...env,
    },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return gone;
  };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ingest ended with ${code}:\n${output}`)));
    child.on('message', (said: { kind?: string }) => resolve({ said, gone, end }));
  });
}

export const readFeed = async ({ bus }: IngestWorld): Promise<FeedState | undefined> =>
  readJson<FeedState>(bus, FEED_KEY);

export const untilFeedEnded = (world: IngestWorld): Promise<FeedState> =>
  until('the feed has ended', async () => {
    const state = await readFeed(world);
    return state?.phase === 'ended' ? state : undefined;
  });

async function entriesOf<Value>({ bus }: IngestWorld, key: string): Promise<Value[]> {
  const entries = await bus.xrange(key, '-', '+');
  return entries.map(([, [, json = '']]) => JSON.parse(json) as Value);
}

export const readStates = (world: IngestWorld) => entriesOf<MarketState>(world, STREAMS.market.key);
export const readCandidates = (world: IngestWorld) =>
  entriesOf<Candidate>(world, STREAMS.candidates.key);
export const readExits = (world: IngestWorld) => entriesOf<ExitTrigger>(world, STREAMS.exits.key);

export const publishLegEnd = async ({ bus }: IngestWorld, end: LegEnd): Promise<void> =>
  void (await createStreamWriter(bus).append(STREAMS.legs, { l: JSON.stringify(end) }));

/** Plays the trading worker: `answer` says how the entry of each candidate ends. */
export async function answerCandidates(
  world: IngestWorld,
  answer: (candidate: Candidate) => Promise<LegEnd['end']> | LegEnd['end'],
): Promise<{ readonly faults: unknown[]; readonly stop: () => Promise<void> }> {
  const faults: unknown[] = [];
  const { key } = STREAMS.candidates;
  const reader = readFrom({
    connection: await connectBlocking(world.servers.dragonflyUrl, { name: 'test-peer' }),
    stream: key,
    fromId: '0-0',
    async onEntry(entry) {
      const candidate = valueOf<Candidate>(key, entry, 'c');
      // A failed expectation must not be asked again for ever: it is kept for the test.
      const end = await Promise.resolve(answer(candidate)).catch((error: unknown) => {
        faults.push(error);
        return 'declined' as const;
      });
      await publishLegEnd(world, { signalId: candidate.signalId, leg: 'entry', end });
    },
  });
  return { faults, stop: () => reader.stop() };
}

export type PositionRow = {
  readonly signalId: string;
  readonly runId: string;
  readonly market: string;
  readonly openedAtMs: number;
  readonly quantity: string;
  readonly cost: string;
  readonly timeExitMs: number;
};

/** An open position whose price limits are out of reach: only time, or the run's end, closes it. */
export async function openPosition({ pool }: IngestWorld, row: PositionRow): Promise<void> {
  await pool.query(
    `insert into trades (signal_id, run_id, market, workflow_id, screen, stage, market_time_ms,
       received_ns, candidate)
     values ($1, $2, $3, $1, 'test', 'managing', $4, 0, '{}')`,
    [row.signalId, row.runId, row.market, row.openedAtMs],
  );
  const exits = { stopLoss: 9_000, takeProfit: 10_000, timeExitMs: row.timeExitMs };
  await pool.query(
    `insert into positions (signal_id, run_id, market, status, quantity, cost, exits,
       opened_market_ms)
     values ($1, $2, $3, 'open', $4, $5, $6, $7)`,
    [
      row.signalId,
      row.runId,
      row.market,
      row.quantity,
      row.cost,
      JSON.stringify(exits),
      row.openedAtMs,
    ],
  );
}

/** As settlement does it: the position is sold and its result is known. */
export async function closePosition(
  { pool }: IngestWorld,
  {
    signalId,
    atMs,
    pnl,
  }: { readonly signalId: string; readonly atMs: number; readonly pnl: string },
): Promise<void> {
  await pool.query(
    `with closed as (
       update positions set status = 'closed', closed_market_ms = $2 where signal_id = $1)
     update trades set realised_pnl = $3 where signal_id = $1`,
    [signalId, atMs, pnl],
  );
}
