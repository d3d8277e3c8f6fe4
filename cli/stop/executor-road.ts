import { createExecutorClient } from '../../adapters/socket-rpc/executor-client.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { faultOf } from '../ask.ts';
import { pause, type StopRoad } from './road.ts';

/** The executor answers within one turn of its loop; a longer silence means that it hangs. */
const ANSWER_MS_MAX = 1_000;
const TRY_AGAIN_MS = 50;

/** Straight to the executor: needs neither Postgres nor Temporal nor the bus. */
export function executorRoad(socketPath: string): StopRoad {
  const executor = createExecutorClient(socketPath);
  return {
    name: 'executor',
    async stop(order, { signal, progress }) {
      for (;;) {
        try {
          const { fenced, haltEpoch } = await executor.stop(order, ANSWER_MS_MAX);
          const said = fenced
            ? 'acknowledged, the halt is on its disk'
            : 'this stop was resumed from before';
          return { state: fenced ? 'fenced' : 'latched', haltEpoch, said };
        } catch (error) {
          // A restarting executor opens its socket again within seconds; a stop may be repeated.
          if (signal.aborted || !(error instanceof OvermindError && error.retryable)) throw error;
          progress({ said: faultOf(error) });
        }
        await pause(TRY_AGAIN_MS, signal);
      }
    },
    close: () => executor.close(),
  };
}
