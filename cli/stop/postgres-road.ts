import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import {
  createExecutorLedger,
  listenToFenced,
  type HaltAcknowledged,
} from '../../adapters/ledger/executor-epoch.ts';
import { readControlState, type ExecutorLease } from '../../adapters/ledger/read-control.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { faultOf } from '../ask.ts';
import { pause, type RoadAnswer, type RoadTools, type StopOrder, type StopRoad } from './road.ts';

const CONNECTIONS_MAX = 2;
const TRY_AGAIN_MS = 100;
const LOOK_EVERY_MS = 50;

/** The latch in Postgres: approvals end with it, executors hear of it, and their leases run out. */
export function postgresRoad(url: string): StopRoad {
  const pool = createPool(url, 'stop', CONNECTIONS_MAX);
  return {
    name: 'postgres',
    async stop(order, tools) {
      for (;;) {
        try {
          return await latchAndWait(pool, order, tools);
        } catch (error) {
          const again = error instanceof OvermindError && error.retryable;
          if (tools.signal.aborted || !again) throw error;
          tools.progress({ said: faultOf(error) });
        }
        await pause(TRY_AGAIN_MS, tools.signal);
      }
    },
    close: () => void pool.end().catch(() => undefined), // The process ends with it.
  };
}

async function latchAndWait(
  pool: LedgerPool,
  order: StopOrder,
  { signal, isFenced, progress }: RoadTools,
): Promise<RoadAnswer> {
  const acknowledged: HaltAcknowledged[] = [];
  // Before the latch, or an executor could acknowledge unheard.
  const stopListening = await listenToFenced(pool, (fenced) => acknowledged.push(fenced));
  try {
    await createExecutorLedger(pool).recordHalt({ ...order, haltEpoch: 0 });
    const { executorEpoch } = await readControlState(pool);
    for (;;) {
      const { haltEpoch, leases } = await readControlState(pool);
      const waitingFor = unfenced({ leases, latchedAtEpoch: executorEpoch, order, acknowledged });
      if (waitingFor.length === 0) {
        return { state: 'fenced', haltEpoch, said: saidOf(acknowledged) };
      }
      const ends = Math.max(...waitingFor.map(({ endsInMs }) => endsInMs));
      progress({
        haltEpoch,
        said: `the latch is set; a lease that is not fenced ends in ${ends} ms`,
      });
      if (isFenced()) return { state: 'latched', haltEpoch, said: 'the latch is set' };
      if (signal.aborted) return { state: 'latched', haltEpoch, said: 'not acknowledged' };
      await pause(LOOK_EVERY_MS, signal);
    }
  } finally {
    stopListening();
  }
}

const saidOf = (acknowledged: readonly HaltAcknowledged[]): string =>
  acknowledged.length > 0 ? 'acknowledged by the executor' : 'no earlier executor holds a lease';

/**
 * Leases whose executor could still sign. One that took its epoch after the latch began halted, and
 * one that acknowledged has the halt on its disk.
 */
export function unfenced(view: {
  readonly leases: readonly ExecutorLease[];
  readonly latchedAtEpoch: number;
  readonly order: StopOrder;
  readonly acknowledged: readonly HaltAcknowledged[];
}): readonly ExecutorLease[] {
  return view.leases.filter(
    ({ endsInMs, executorEpoch }) =>
      endsInMs > 0 &&
      executorEpoch <= view.latchedAtEpoch &&
      !view.acknowledged.some(
        (one) => one.executorEpoch === executorEpoch && one.stopId === view.order.stopId,
      ),
  );
}
