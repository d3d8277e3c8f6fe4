import { OvermindError } from '../../domain/shared/errors.ts';
import type { BusConnection } from './connect.ts';

/** One of `STREAMS`, or one of its shards under a key of its own. */
export type BoundedStream = { readonly key: string; readonly maxLength: number };
export type StreamFields = Readonly<Record<string, string>>;
export type NumberedEntry = { readonly id: string; readonly fields: StreamFields };

export type StreamWriter = {
  /** Rejects with `bus/unreachable`, which means *unknown*: the entry may be there. */
  append(stream: BoundedStream, fields: StreamFields): Promise<string>;
  /** Many entries in order, in one round trip each `PIPELINE_MAX`. */
  appendAll(stream: BoundedStream, entries: readonly StreamFields[]): Promise<void>;
  /**
   * Appends under a chosen id, once: an id that is there already changes nothing. When a higher id
   * was appended first, this one goes just above the last. Answers with the id it has.
   */
  appendOnce(stream: BoundedStream, id: string, fields: StreamFields): Promise<string>;
  /** `appendOnce` for many, in one round trip where nothing is wrong: which of them are stored. */
  appendAllOnce(
    stream: BoundedStream,
    entries: readonly NumberedEntry[],
  ): Promise<readonly boolean[]>;
};

const PIPELINE_MAX = 1_000;
/** Concurrent writers can pass each other between the look and the append, but not for ever. */
const ABOVE_LAST_TRIES = 5;

export function createStreamWriter(connection: BusConnection): StreamWriter {
  const add = async (stream: BoundedStream, id: string, fields: StreamFields): Promise<string> => {
    try {
      const answer = await connection.xadd(...argumentsOf(stream, id, fields));
      return answer ?? id;
    } catch (cause) {
      throw asBusError(`XADD ${stream.key}`, cause);
    }
  };

  const appendOnce: StreamWriter['appendOnce'] = async (stream, id, fields) => {
    for (let tries = 0, at = id; ; tries++) {
      try {
        return await add(stream, at, fields);
      } catch (error) {
        if (!isNotAboveLast(error) || tries === ABOVE_LAST_TRIES) throw error;
      }
      const [there] = await connection.xrange(stream.key, id, id).catch((cause: unknown) => {
        throw asBusError(`XRANGE ${stream.key}`, cause);
      });
      if (there) return id;
      at = await idAboveLast(connection, stream.key);
    }
  };

  return {
    append: (stream, fields) => add(stream, '*', fields),

    async appendAll(stream, entries): Promise<void> {
      for (let from = 0; from < entries.length; from += PIPELINE_MAX) {
        const pipeline = connection.pipeline();
        for (const fields of entries.slice(from, from + PIPELINE_MAX)) {
          pipeline.xadd(...argumentsOf(stream, '*', fields));
        }
        const replies = await pipeline.exec().catch((cause: unknown) => {
          throw asBusError(`XADD ${stream.key}`, cause);
        });
        const fault = replies?.find(([error]) => error !== null)?.[0];
        if (fault) throw asBusError(`XADD ${stream.key}`, fault);
      }
    },

    appendOnce,

    async appendAllOnce(stream, entries) {
      const pipeline = connection.pipeline();
      for (const { id, fields } of entries) pipeline.xadd(...argumentsOf(stream, id, fields));
      const replies = await pipeline.exec().catch((cause: unknown) => {
        throw asBusError(`XADD ${stream.key}`, cause);
      });
      const stored: boolean[] = [];
      for (const [at, { id, fields }] of entries.entries()) {
        const fault = replies?.[at]?.[0];
        // A copy, or an id that came late: each has to be looked up by itself.
        if (isNotAboveLastReply(fault)) await appendOnce(stream, id, fields);
        stored.push(fault === null || isNotAboveLastReply(fault));
      }
      return stored;
    },
  };
}

function argumentsOf(stream: BoundedStream, id: string, fields: StreamFields) {
  const pairs = Object.entries(fields).flat();
  return [stream.key, 'MAXLEN', '~', stream.maxLength, id, ...pairs] as const;
}

/** Not `*`: an id of the present time would refuse every later outbox sequence. */
async function idAboveLast(connection: BusConnection, key: string): Promise<string> {
  const [last] = await connection.xrevrange(key, '+', '-', 'COUNT', 1).catch((cause: unknown) => {
    throw asBusError(`XREVRANGE ${key}`, cause);
  });
  const [head = '0', sequence = '0'] = (last?.[0] ?? '0-0').split('-');
  return `${head}-${BigInt(sequence) + 1n}`;
}

const isNotAboveLast = (error: unknown): boolean =>
  error instanceof OvermindError && isNotAboveLastReply(error.cause);

const isNotAboveLastReply = (reply: unknown): boolean =>
  reply instanceof Error && reply.message.includes('equal or smaller');

/** Every bus fault is the same to a caller: what became of the command is unknown. */
export function asBusError(operation: string, cause: unknown): OvermindError {
  return cause instanceof OvermindError
    ? cause
    : new OvermindError('bus/unreachable', { operation }, { cause });
}
