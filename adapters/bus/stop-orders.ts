import { connectBlocking, connectBus, type BusConnection, type BusOptions } from './connect.ts';
import { readJson } from './json-keys.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { valueOf, type StreamEntry } from './stream-entry.ts';
import { readFrom } from './stream-reader.ts';
import { fencedKeyOf, STREAMS } from './stream-names.ts';
import { asBusError, createStreamWriter } from './stream-writer.ts';

/** A stop as it travels on the bus. */
export type StopOrderEntry = { readonly stopId: string; readonly reason: string };

/** What the executor answers: its halt is on the disk. */
export type FencedEntry = {
  readonly fenced: boolean;
  readonly haltEpoch: number;
  readonly stopId: string;
  readonly executorEpoch: number;
};

/** Whoever waits for an answer has given up long before. */
const ANSWER_KEPT_SECONDS = 3_600;

export async function publishStop(
  connection: BusConnection,
  { stopId, reason }: StopOrderEntry,
): Promise<void> {
  const order: StopOrderEntry = { stopId, reason };
  await createStreamWriter(connection).append(STREAMS.stops, { s: JSON.stringify(order) });
}

/** The executor's answer to a stop, once there is one. */
export function readFenced(
  connection: BusConnection,
  stopId: string,
): Promise<FencedEntry | undefined> {
  return readJson<FencedEntry>(connection, fencedKeyOf(stopId));
}

export type FollowStops = Omit<BusOptions, 'name'> & {
  readonly url: string;
  /** Wall time; what was ordered before it is history. */
  readonly sinceMs: number;
  readonly onStop: (order: StopOrderEntry) => FencedEntry;
  readonly onFault: (error: unknown) => void;
};

/**
 * Obeys stops that come over the bus, on connections of its own: whoever ordered one before the
 * executor had started is heard too. A stop that is known changes nothing.
 */
export async function followStops(options: FollowStops): Promise<() => Promise<void>> {
  const { url, sinceMs, onStop, ...busOptions } = options;
  const commands = await connectBus(url, { ...busOptions, name: 'hotpath-fenced' });
  const reader = readFrom({
    connection: await connectBlocking(url, { ...busOptions, name: 'hotpath-stops' }).catch(
      (error: unknown) => {
        commands.disconnect();
        throw error;
      },
    ),
    stream: STREAMS.stops.key,
    fromId: `${Math.max(0, Math.floor(sinceMs))}-0`,
    onFault: options.onFault,
    async onEntry(entry) {
      const fenced = onStop(orderOf(entry));
      const key = fencedKeyOf(fenced.stopId);
      const text = JSON.stringify(fenced);
      await commands.set(key, text, 'EX', ANSWER_KEPT_SECONDS).catch((cause: unknown) => {
        throw asBusError(`SET ${key}`, cause);
      });
    },
  });
  return async () => {
    await reader.stop();
    commands.disconnect();
  };
}

/** Whoever wrote here wanted a stop; what cannot be read must not be the reason to go on. */
function orderOf(entry: StreamEntry): StopOrderEntry {
  try {
    const { stopId, reason } = valueOf<Partial<StopOrderEntry>>(STREAMS.stops.key, entry, 's');
    if (typeof stopId === 'string' && stopId !== '' && typeof reason === 'string') {
      return { stopId, reason };
    }
  } catch (error) {
    if (!(error instanceof OvermindError)) throw error;
  }
  return { stopId: `unreadable/${entry.id}`, reason: 'an unreadable stop came over the bus' };
}
