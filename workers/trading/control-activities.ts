import { createControlActivities, type ControlActivities } from '../../activities/control.ts';
import { publishStop, readFenced } from '../../adapters/bus/stop-orders.ts';
import {
  readFlatBooks,
  readHaltView,
  readOpenTrades,
  recordFlatten,
} from '../../adapters/ledger/halt-ledger.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import { recordHalt } from '../../adapters/ledger/record-halt.ts';
import { createExecutorClient } from '../../adapters/socket-rpc/executor-client.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import type { ProcessContext } from '../run-process.ts';
import type { Ports } from './open-ports.ts';

/** It answers within a turn of its loop; the other roads must not wait for one that hangs. */
const EXECUTOR_ANSWERS_WITHIN_MS = 1_000;

/** What `emergencyStopWorkflow` asks of the world, on this worker's ports. */
export function controlActivities(parts: {
  readonly context: ProcessContext;
  readonly ports: Ports;
  readonly chain: ChainReader;
}): ControlActivities {
  const { context, ports, chain } = parts;
  const { pool, bus, markets, runId } = ports;
  const executor = createExecutorClient(context.config.files.executorSocket);
  context.onStop('executor control', () => executor.close());
  return createControlActivities({
    executor: { stop: (order) => executor.stop(order, EXECUTOR_ANSWERS_WITHIN_MS) },
    bus: {
      publishStop: (order) => publishStop(bus, order),
      readFenced: (stopId) => readFenced(bus, stopId),
    },
    ledger: {
      recordHalt: (order) => recordHalt(pool, { ...order, haltEpoch: 0 }),
      readLeases: async () => (await readControlState(pool)).leases,
      readHalt: (stopId) => readHaltView(pool, stopId),
      readOpenTrades: () => readOpenTrades(pool),
      recordFlatten: (haltEpoch) => recordFlatten(pool, haltEpoch),
      readFlatBooks: () => readFlatBooks(pool, runId),
    },
    chain,
    nowMs: Date.now,
    baseMints: [...new Set([...markets.values()].map(({ base }) => base.mint))],
  });
}
