import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import { recordHalt } from '../../adapters/ledger/record-halt.ts';
import { unfenced } from '../../domain/control/fencing.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { faultOf } from '../ask.ts';
import { pause, type RoadAnswer, type RoadTools, type StopOrder, type StopRoad } from './road.ts';

const CONNECTIONS_MAX = 2;
const TRY_AGAIN_MS = 100;
const LOOK_EVERY_MS = 10;

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
  const { haltEpoch } = await recordHalt(pool, { ...order, haltEpoch: 0 });
  for (;;) {
    const { leases } = await readControlState(pool);
    const waitingFor = unfenced(leases, haltEpoch);
    if (waitingFor.length === 0) return { state: 'fenced', haltEpoch, said: saidOf(leases) };
    const ends = Math.max(...waitingFor.map(({ endsInMs }) => endsInMs));
    progress({
      haltEpoch,
      said: `the latch is set; a lease that is not fenced ends in ${ends} ms`,
    });
    if (isFenced()) return { state: 'latched', haltEpoch, said: 'the latch is set' };
    if (signal.aborted) return { state: 'latched', haltEpoch, said: 'not acknowledged' };
    await pause(LOOK_EVERY_MS, signal);
  }
}

const saidOf = (leases: readonly { readonly endsInMs: number }[]): string =>
  leases.some(({ endsInMs }) => endsInMs > 0)
    ? 'acknowledged by the executor'
    : 'no executor holds a lease';
