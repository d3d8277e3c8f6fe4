import { ChromaClient, ChromaNotFoundError, type Collection, type Metadata } from 'chromadb';
import { OvermindError } from '../../domain/shared/errors.ts';

/** A vector with what is known of it, under an id that makes writing it twice harmless. */
export type MemoryRecord = {
  readonly id: string;
  readonly vector: readonly number[];
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
  readonly document?: string;
};

/** `market`: every state; `decisions`: those the brain was asked about. */
export type MemoryFamily = 'market' | 'decisions';

/** One collection a family, feature version and market: distances across them mean nothing. */
export type MemoryCollection = {
  readonly family: MemoryFamily;
  readonly featureVersion: string;
  readonly market: string;
};

export type ChromaMemory = {
  /** Safe to repeat. Rejects with `memory/unreachable`; what was written by then is unknown. */
  upsert(collection: MemoryCollection, records: readonly MemoryRecord[]): Promise<void>;
  /** Rejects with `memory/unreachable`. */
  ping(): Promise<void>;
};

/** Above it the server refuses a batch. */
const RECORDS_MAX = 5_461;
/** The client has no limit of its own; a stopped server would hold a write for ever. */
const ANSWER_WITHIN_MS = 5_000;

export const collectionName = ({ family, featureVersion, market }: MemoryCollection): string =>
  `${family}.${featureVersion}.${market}`;

export function createChromaMemory(url: string): ChromaMemory {
  const { hostname, port, protocol } = new URL(url);
  const ssl = protocol === 'https:';
  const client = new ChromaClient({
    host: hostname,
    port: Number(port) || (ssl ? 443 : 80),
    ssl,
  });
  const opened = new Map<string, Promise<Collection>>();

  const open = (name: string): Promise<Collection> => {
    const known = opened.get(name);
    if (known) return known;
    const opening = client.getOrCreateCollection({
      name,
      // We bring our vectors; the default embedder is another package that is not installed.
      embeddingFunction: null,
      configuration: { hnsw: { space: 'l2' } },
    });
    opened.set(name, opening);
    // A failure must not be remembered.
    opening.catch(() => opened.delete(name));
    return opening;
  };

  const upsertBatch = async (name: string, records: readonly MemoryRecord[]): Promise<void> => {
    const collection = await open(name);
    await collection.upsert({
      ids: records.map(({ id }) => id),
      embeddings: records.map(({ vector }) => [...vector]),
      metadatas: records.map(({ metadata }): Metadata => ({ ...metadata })),
      ...(records.some(({ document }) => document !== undefined)
        ? { documents: records.map(({ document }) => document ?? '') }
        : {}),
    });
  };

  return {
    async upsert(collection, records): Promise<void> {
      const name = collectionName(collection);
      for (let from = 0; from < records.length; from += RECORDS_MAX) {
        const batch = records.slice(from, from + RECORDS_MAX);
        await answered(`upsert ${name}`, upsertBatch(name, batch)).catch((error: OvermindError) => {
          // The server came back without its data: the handle names a collection that is gone.
          if (error.cause instanceof ChromaNotFoundError) opened.delete(name);
          throw error;
        });
      }
    },
    async ping(): Promise<void> {
      await answered('heartbeat', client.heartbeat());
    },
  };
}

/** Every fault, a silence too, is the same to a caller: the memory is away. */
async function answered<Answer>(operation: string, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)),
      ANSWER_WITHIN_MS,
    );
  });
  try {
    return await Promise.race([answer, silence]);
  } catch (cause) {
    const fault = cause instanceof Error ? cause.message : String(cause);
    throw new OvermindError('memory/unreachable', { operation, fault }, { cause });
  } finally {
    clearTimeout(timer);
  }
}
