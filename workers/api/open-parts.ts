import type { Connection } from '@temporalio/client';
import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { readJson } from '../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, FEED_KEY } from '../../adapters/bus/stream-names.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import { readRunRow } from '../../adapters/ledger/read-totals.ts';
import { createBrainClient, type BrainClient } from '../../adapters/socket-rpc/brain-client.ts';
import {
  createExecutorClient,
  type ExecutorClient,
} from '../../adapters/socket-rpc/executor-client.ts';
import type { ClockAnchor, FeedState } from '../../domain/market/feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { connectTemporal } from '../../temporal/connection.ts';
import { NAMESPACE, TRADING_QUEUE } from '../../temporal/ids.ts';
import type { ProcessContext } from '../run-process.ts';
import type { FeedPart, LedgerPart, PartStates, TemporalPart } from './part-states.ts';
import { watchPart, type PartWatch } from './watch-part.ts';

const LOOK_EVERY_MS = 1_000;
/** Below the time after which the next look is due. */
const ANSWER_MS_MAX = 900;
const CONNECTIONS_MAX = 3;
/** `TASK_QUEUE_TYPE_WORKFLOW` of `temporal.api.enums.v1.TaskQueueType`. */
const WORKFLOW_QUEUE = 1;

export type ApiParts = {
  readonly pool: LedgerPool;
  readonly executor: ExecutorClient;
  readonly brain: BrainClient;
  /** Rejects while the server is away. */
  readonly bus: () => Promise<BusConnection>;
  readonly temporal: () => Promise<Connection>;
  readonly states: () => PartStates;
};

/** Each part is watched on a connection of its own; none has to be there for the api to start. */
export function openParts({ config, log, onStop }: ProcessContext): ApiParts {
  const { postgres, dragonfly, temporal, brain: brainAddress } = config.addresses;
  if (postgres === undefined || dragonfly === undefined || temporal === undefined) {
    const names = { DATABASE_URL: postgres, DRAGONFLY_URL: dragonfly, TEMPORAL_ADDRESS: temporal };
    const missing = Object.entries(names).filter(([, address]) => address === undefined);
    const faults = missing.map(([name]) => `${name}: missing`).join('\n');
    throw new OvermindError('config/invalid', { faults });
  }
  const pool = createPool(postgres, 'api', CONNECTIONS_MAX);
  onStop('ledger', () => pool.end());
  const executor = createExecutorClient(config.files.executorSocket);
  onStop('executor socket', () => executor.close());
  const brain = createBrainClient(brainAddress);
  onStop('brain socket', () => brain.close());
  const bus = opened(
    () => connectBus(dragonfly, { name: 'api', password: config.passwords.dragonfly }),
    (connection: BusConnection) => connection.disconnect(),
  );
  onStop('bus', bus.close);
  const temporalLink = opened(
    () => connectTemporal(temporal, ANSWER_MS_MAX),
    (connection: Connection) => connection.close(),
  );
  onStop('temporal', temporalLink.close);

  const watch = <Value>(part: string, probe: () => Promise<Value>): PartWatch<Value> => {
    const watched = watchPart({
      probe,
      everyMs: LOOK_EVERY_MS,
      limitMs: ANSWER_MS_MAX,
      onChange(fault) {
        if (fault === undefined) log.info({ part }, 'part answers');
        else log.warn({ part, fault }, 'part does not answer');
      },
    });
    onStop(`watch of ${part}`, watched.stop);
    return watched;
  };
  const watches = {
    postgres: watch('postgres', () => readLedger(pool, config.runId)),
    bus: watch('bus', async () => readFeed(await bus.get())),
    temporal: watch('temporal', async () => readTemporal(await temporalLink.get(), Date.now)),
    brain: watch('brain', () => brain.read(ANSWER_MS_MAX)),
    executor: watch('executor', () => executor.status(ANSWER_MS_MAX)),
  };
  return {
    pool,
    executor,
    brain,
    bus: bus.get,
    temporal: temporalLink.get,
    states: () => ({
      postgres: watches.postgres.read(),
      bus: watches.bus.read(),
      temporal: watches.temporal.read(),
      brain: watches.brain.read(),
      executor: watches.executor.read(),
    }),
  };
}

/** A connection that is opened when first needed, and again after it could not be. */
function opened<Opened>(
  open: () => Promise<Opened>,
  close: (opened: Opened) => unknown,
): { readonly get: () => Promise<Opened>; readonly close: () => Promise<void> } {
  let opening: Promise<Opened> | undefined;
  return {
    get() {
      if (opening) return opening;
      const attempt = open();
      opening = attempt;
      attempt.catch(() => {
        if (opening === attempt) opening = undefined;
      });
      return attempt;
    },
    async close() {
      const connection = await opening?.catch(() => undefined);
      if (connection !== undefined) await close(connection);
    },
  };
}

async function readLedger(pool: LedgerPool, runId: string | undefined): Promise<LedgerPart> {
  const [control, run] = await Promise.all([readControlState(pool), readRunRow(pool, runId)]);
  return { control, run };
}

async function readFeed(connection: BusConnection): Promise<FeedPart> {
  const [feed, clock] = await Promise.all([
    readJson<FeedState>(connection, FEED_KEY),
    readJson<ClockAnchor>(connection, CLOCK_KEY),
  ]);
  return { feed, clock };
}

async function readTemporal(
  connection: Connection,
  wallNowMs: () => number,
): Promise<TemporalPart> {
  return connection.withDeadline(wallNowMs() + ANSWER_MS_MAX, async () => {
    const { workflowService } = connection;
    const [info, queue] = await Promise.all([
      workflowService.getSystemInfo({}),
      workflowService.describeTaskQueue({
        namespace: NAMESPACE,
        taskQueue: { name: TRADING_QUEUE },
        taskQueueType: WORKFLOW_QUEUE,
      }),
    ]);
    const seen = (queue.pollers ?? []).map(({ lastAccessTime }) =>
      Number(lastAccessTime?.seconds ?? 0),
    );
    return {
      serverVersion: info.serverVersion ?? 'unknown',
      workerSeenMsAgo: seen.length === 0 ? undefined : wallNowMs() - Math.max(...seen) * 1_000,
    };
  });
}
