import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { publishStop, readFenced } from '../../adapters/bus/stop-orders.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { faultOf } from '../ask.ts';
import { pause, type RoadAnswer, type RoadTools, type StopOrder, type StopRoad } from './road.ts';

const TRY_AGAIN_MS = 100;
const LOOK_EVERY_MS = 10;

/** Over Dragonfly: the executor hears it although neither its socket nor Postgres can be reached. */
export function busRoad(url: string, password: string | undefined): StopRoad {
  let connection: BusConnection | undefined;
  return {
    name: 'bus',
    async stop(order, tools) {
      for (;;) {
        try {
          connection ??= await connectBus(url, { name: 'stop', password });
          return await orderAndWait(connection, order, tools);
        } catch (error) {
          const again = error instanceof OvermindError && error.retryable;
          if (tools.signal.aborted || !again) throw error;
          tools.progress({ said: faultOf(error) });
        }
        await pause(TRY_AGAIN_MS, tools.signal);
      }
    },
    close: () => connection?.disconnect(),
  };
}

async function orderAndWait(
  connection: BusConnection,
  order: StopOrder,
  { signal, isFenced, progress }: RoadTools,
): Promise<RoadAnswer> {
  await publishStop(connection, order);
  progress({ state: 'ordered', said: 'ordered, not acknowledged yet' });
  for (;;) {
    const answer = await readFenced(connection, order.stopId);
    if (answer) {
      const { fenced, haltEpoch } = answer;
      return { state: fenced ? 'fenced' : 'latched', haltEpoch, said: 'acknowledged over the bus' };
    }
    // The order stays in the stream, for whenever an executor reads it.
    if (isFenced() || signal.aborted) return { state: 'ordered', said: 'ordered' };
    await pause(LOOK_EVERY_MS, signal);
  }
}
