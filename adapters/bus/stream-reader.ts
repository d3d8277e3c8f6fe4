import { OvermindError } from '../../domain/shared/errors.ts';
import type { BusConnection } from './connect.ts';
import { entriesOf, type StreamEntry } from './stream-entry.ts';
import { asBusError } from './stream-writer.ts';

export type { StreamEntry } from './stream-entry.ts';

type ReaderOptions = {
  /** The reader's own, from `connectBlocking`; `stop` closes it. */
  readonly connection: BusConnection;
  /** The stream's key. */
  readonly stream: string;
  /** Told of lost connections and of handlers that failed. The reader goes on by itself. */
  readonly onFault?: (error: unknown) => void;
  readonly blockMs?: number;
  readonly count?: number;
};

export type GroupReaderOptions = ReaderOptions & {
  readonly group: string;
  /** Keep it the same over restarts: what a dead reader left pending is found under this name. */
  readonly consumer: string;
  /**
   * Entries of one batch are handed over together. Acknowledged once the handler has resolved; if
   * it rejects, the entry comes again, so a handler must resolve for one that it can never use.
   */
  readonly onEntry: (entry: StreamEntry) => Promise<void> | void;
};

export type PlainReaderOptions = ReaderOptions & {
  /** Exclusive: `0-0` for all, `$` for what comes after now. */
  readonly fromId: string;
  /** In order, one after the other. If it rejects, the same entry is read again. */
  readonly onEntry: (entry: StreamEntry) => Promise<void> | void;
};

export type StreamReader = {
  /** Waits for handlers at work, then closes the connection. */
  stop(): Promise<void>;
  /** Wall time of the last finished read: a reader that hangs can be seen from outside. */
  lastTurnMs(): number;
};

/** Never 0: Dragonfly does not wake a blocked read when its stream is deleted. */
const BLOCK_MS = 1_000;
const BATCH = 64;
/** A read that has not answered this long after its block is dead; its promise may never settle. */
const WATCHDOG_MS = 2_000;
const RETRY_AFTER_MS = 100;

/**
 * Reads a stream as a member of a consumer group: first what this consumer took and never
 * acknowledged, then what is new. A lost group or stream is made again, from its beginning.
 */
export function readGroup(options: GroupReaderOptions): StreamReader {
  const { connection, stream, group, consumer, onEntry } = options;
  const { blockMs = BLOCK_MS, count = BATCH } = options;
  let from = '0'; // Own pending entries first; `>` once there are none.
  let made = false;

  const makeGroup = async (): Promise<void> => {
    await connection.xgroup('CREATE', stream, group, '0', 'MKSTREAM').catch((error: Error) => {
      if (!error.message.includes('BUSYGROUP')) throw error;
    });
    made = true;
    from = '0';
  };

  const read = async (): Promise<readonly StreamEntry[]> => {
    if (!made) await makeGroup();
    const reply = await connection
      // prettier-ignore
      .xreadgroup(
        'GROUP',
        group,
        consumer,
        'COUNT',
        count,
        'BLOCK',
        blockMs,
        'STREAMS',
        stream,
        from,
      )
      .catch((error: Error) => {
        // Without a group: made again at the next read. Everything in the stream comes again.
        if (!/NOGROUP|UNBLOCKED/.test(error.message)) throw error;
        made = false;
        return null;
      });
    const entries = entriesOf(reply);
    if (entries.length === 0) from = '>';
    return entries;
  };

  const handle = async (entries: readonly StreamEntry[]): Promise<void> => {
    const results = await Promise.allSettled(
      // An entry trimmed while it was pending is empty; there is nothing left to handle.
      entries.map(async (entry) => {
        if (Object.keys(entry.fields).length > 0) await onEntry(entry);
      }),
    );
    const done = entries.filter((_, at) => results[at]?.status === 'fulfilled').map(({ id }) => id);
    if (done.length > 0) {
      await withinLimit(options, 'XACK', connection.xack(stream, group, ...done));
    }
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  };

  return runReader(options, { read, handle, onBreak: () => (from = '0') });
}

/** Reads a stream by id, without a group: each reader sees every entry, in order. */
export function readFrom(options: PlainReaderOptions): StreamReader {
  const { connection, stream, onEntry, blockMs = BLOCK_MS, count = BATCH } = options;
  let last = options.fromId;

  const read = async (): Promise<readonly StreamEntry[]> => {
    // `$` is fixed once: asked anew at each read, it would skip what came between two reads.
    if (last === '$') {
      const [newest] = await connection.xrevrange(stream, '+', '-', 'COUNT', 1);
      last = newest?.[0] ?? '0-0';
    }
    return entriesOf(
      await connection.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', stream, last),
    );
  };

  const handle = async (entries: readonly StreamEntry[]): Promise<void> => {
    for (const entry of entries) {
      await onEntry(entry);
      last = entry.id;
    }
  };

  return runReader(options, { read, handle, onBreak: () => undefined });
}

type ReaderParts = {
  readonly read: () => Promise<readonly StreamEntry[]>;
  readonly handle: (entries: readonly StreamEntry[]) => Promise<void>;
  /** After a break a consumer may hold entries whose reply was lost on the wire. */
  readonly onBreak: () => void;
};

function runReader(options: ReaderOptions, { read, handle, onBreak }: ReaderParts): StreamReader {
  const { connection, stream, onFault } = options;
  let stopping = false;
  let lastTurnMs = Date.now();
  let wake = (): void => undefined;
  const stopped = new Promise<readonly StreamEntry[]>((resolve) => (wake = () => resolve([])));

  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        // What a read brings after the stop is not handled; it stays pending for the next life.
        await handle(await Promise.race([withinLimit(options, 'read', read()), stopped]));
        lastTurnMs = Date.now();
      } catch (error) {
        onBreak();
        onFault?.(error instanceof OvermindError ? error : asBusError(`read ${stream}`, error));
        await Promise.race([pause(RETRY_AFTER_MS), stopped]);
      }
    }
  };

  const running = loop();
  return {
    async stop(): Promise<void> {
      stopping = true;
      wake();
      await running;
      connection.disconnect();
    },
    lastTurnMs: () => lastTurnMs,
  };
}

/** Rejects, and makes the connection anew, when an answer stays out beyond block and watchdog. */
async function withinLimit<Answer>(
  { connection, stream, blockMs = BLOCK_MS }: ReaderOptions,
  operation: string,
  answer: Promise<Answer>,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      connection.disconnect(true);
      reject(new OvermindError('bus/unreachable', { operation: `${operation} ${stream}` }));
    }, blockMs + WATCHDOG_MS);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

const pause = (ms: number): Promise<readonly StreamEntry[]> =>
  new Promise((resolve) => setTimeout(() => resolve([]), ms));
