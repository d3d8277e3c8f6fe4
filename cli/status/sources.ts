import { connectBus } from '../../adapters/bus/connect.ts';
import { readJson } from '../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, FEED_KEY } from '../../adapters/bus/stream-names.ts';
import { createPool } from '../../adapters/ledger/connect.ts';
import { listPositions, type PositionLine } from '../../adapters/ledger/position-list.ts';
import { readControlState, type ControlState } from '../../adapters/ledger/read-control.ts';
import {
  readRunRow,
  readTotals,
  type RunRow,
  type Totals,
} from '../../adapters/ledger/read-totals.ts';
import { createBrainClient, type BrainStatus } from '../../adapters/socket-rpc/brain-client.ts';
import {
  createExecutorClient,
  type ExecutorStatus,
} from '../../adapters/socket-rpc/executor-client.ts';
import type { TcpAddress } from '../../adapters/socket-rpc/server.ts';
import type { ClockAnchor, FeedState } from '../../domain/market/feed.ts';
import { ask, type Answer } from '../ask.ts';
import type { System } from '../find-system.ts';

export type LedgerFacts = {
  readonly control: ControlState;
  readonly run: RunRow | undefined;
  readonly totals: Totals | undefined;
  readonly positions: readonly PositionLine[];
};

export type BusFacts = {
  readonly feed: FeedState | undefined;
  readonly clock: ClockAnchor | undefined;
};

export type StatusAnswers = {
  readonly ledger: Answer<LedgerFacts>;
  readonly bus: Answer<BusFacts>;
  readonly executor: Answer<ExecutorStatus>;
  readonly brain: Answer<BrainStatus>;
};

const ANSWER_MS_MAX = 2_000;
const CONNECTIONS_MAX = 2;

/** Asks every part at once; one that is down costs its own time limit and nothing else. */
export async function askAll({ config, runFile }: System): Promise<StatusAnswers> {
  const { postgres, dragonfly } = config.addresses;
  const [ledger, bus, executor, brain] = await Promise.all([
    ask(
      postgres === undefined ? undefined : () => readLedger(postgres, runFile?.run),
      ANSWER_MS_MAX,
    ),
    ask(
      dragonfly === undefined ? undefined : () => readBus(dragonfly, config.passwords.dragonfly),
      ANSWER_MS_MAX,
    ),
    ask(() => readExecutor(config.files.executorSocket), ANSWER_MS_MAX),
    ask(() => readBrain(config.addresses.brain), ANSWER_MS_MAX),
  ]);
  return { ledger, bus, executor, brain };
}

async function readLedger(url: string, runId: string | undefined): Promise<LedgerFacts> {
  const pool = createPool(url, 'status', CONNECTIONS_MAX);
  try {
    const [control, run, positions] = await Promise.all([
      readControlState(pool),
      readRunRow(pool, runId),
      listPositions(pool, 0),
    ]);
    const totals = run && (await readTotals(pool, run.runId));
    return { control, run, totals, positions };
  } finally {
    void pool.end().catch(() => undefined); // The process ends with it.
  }
}

async function readBus(url: string, password: string | undefined): Promise<BusFacts> {
  const connection = await connectBus(url, { name: 'status', ...(password ? { password } : {}) });
  try {
    const [feed, clock] = await Promise.all([
      readJson<FeedState>(connection, FEED_KEY),
      readJson<ClockAnchor>(connection, CLOCK_KEY),
    ]);
    return { feed, clock };
  } finally {
    connection.disconnect();
  }
}

async function readExecutor(socketPath: string): Promise<ExecutorStatus> {
  const client = createExecutorClient(socketPath);
  try {
    return await client.status(ANSWER_MS_MAX);
  } finally {
    client.close();
  }
}

async function readBrain(address: TcpAddress): Promise<BrainStatus> {
  const reader = createBrainClient(address);
  try {
    return await reader.read(ANSWER_MS_MAX);
  } finally {
    reader.close();
  }
}
