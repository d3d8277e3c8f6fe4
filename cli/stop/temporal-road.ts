import type { Connection } from '@temporalio/client';
import type { PayloadSettings } from '../../adapters/payloads/payload-codec.ts';
import type { StopClient } from '../../workers/trading/stop-client.ts';
import { faultOf } from '../ask.ts';
import { pause, type RoadAnswer, type RoadTools, type StopOrder, type StopRoad } from './road.ts';

/** Loading Temporal's client keeps this process busy; what is quicker goes first. */
const HEAD_START_MS = 60;
const CONNECT_MS_MAX = 1_000;
const TRY_AGAIN_MS = 200;
const LOOK_EVERY_MS = 100;

/** Starts the workflow that stops by itself, keeps the record and follows the halt to its end. */
export function temporalRoad(address: string, payloads: PayloadSettings): StopRoad {
  let connection: Connection | undefined;
  return {
    name: 'temporal',
    async stop(order, tools) {
      await pause(HEAD_START_MS, tools.signal);
      const { connectTemporal } = await import('../../temporal/connection.ts');
      for (;;) {
        try {
          connection ??= await connectTemporal(address, CONNECT_MS_MAX);
          const { createStopClient } = await import('../../workers/trading/stop-client.ts');
          const { convertingOf } = await import('../../adapters/payloads/payload-codec.ts');
          const stops = createStopClient(connection, { converting: convertingOf(payloads) });
          return await startAndWait(stops, order, tools);
        } catch (error) {
          // Whatever it is, it is tried for as long as somebody waits: starting again is harmless.
          if (tools.signal.aborted) throw error;
          tools.progress({ said: faultOf(error) });
        }
        await pause(TRY_AGAIN_MS, tools.signal);
      }
    },
    close: () => void connection?.close().catch(() => undefined), // The process ends with it.
  };
}

async function startAndWait(
  stops: StopClient,
  order: StopOrder,
  { signal, isFenced, progress }: RoadTools,
): Promise<RoadAnswer> {
  const how = await stops.start(order);
  const said = how === 'started' ? 'the workflow is started' : 'the workflow had been started';
  progress({ state: 'ordered', said });
  for (;;) {
    if (isFenced() || signal.aborted) return { state: 'ordered', said };
    // Without a worker nobody answers; the start stays in Temporal for whoever comes.
    const facts = await stops.readProgress(order.stopId).catch(() => undefined);
    if (facts?.fencedAtMs !== undefined && facts.haltEpoch !== undefined) {
      return { state: 'fenced', haltEpoch: facts.haltEpoch, said: 'fenced by the workflow' };
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}
