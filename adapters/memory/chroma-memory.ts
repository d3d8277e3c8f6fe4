import { ChromaClient, ChromaNotFoundError, type Collection, type Metadata } from 'chromadb';
import { memoryIdOf, type MemoryId } from '../../domain/analysis/memory-id.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { RunId } from '../../domain/shared/ids.ts';

/** A vector with what is known of it, under an id that makes writing it twice harmless. */
export type MemoryRecord = {
  readonly id: string;
  readonly vector: readonly number[];
  readonly metadata: RecordMetadata;
  readonly document?: string;
};

/** Anything but an outcome: there is one way in for it, `recordOutcomes`. */
export type RecordMetadata = Readonly<Record<string, string | number | boolean>> & {
  readonly outcomeBps?: never;
  readonly resolvedTs?: never;
};

/** What became of a record; known only later, and written by the labelling job alone. */
export type MemoryOutcome = {
  readonly id: string;
  readonly outcomeBps: number;
  /** Market time at which it became known. */
  readonly resolvedMs: number;
};

/** A record as it is stored: the vector in numbers of four bytes. */
export type StoredMemory = Pick<MemoryRecord, 'id' | 'vector'> & {
  /** Both undefined while it is not known. */
  readonly outcomeBps: number | undefined;
  readonly resolvedMs: number | undefined;
  /** All that is kept beside the vector, as it was written. */
  readonly metadata: Readonly<Record<string, unknown>>;
};

/**
 * `market`: every state; `decisions`: those the brain was asked about; `patterns`: what a day's states
 * had in common and what came of them.
 */
export type MemoryFamily = 'market' | 'decisions' | 'patterns';

/** One collection a family, feature version and market: distances across them mean nothing. */
export type MemoryCollection = {
  readonly family: MemoryFamily;
  readonly featureVersion: string;
  readonly market: string;
};

export type ChromaMemory = {
  /** Safe to repeat. Rejects with `memory/unreachable`; what was written by then is unknown. */
  upsert(collection: MemoryCollection, records: readonly MemoryRecord[]): Promise<void>;
  /** Safe to repeat; a record that is not there is left out. Rejects with `memory/unreachable`. */
  recordOutcomes(collection: MemoryCollection, outcomes: readonly MemoryOutcome[]): Promise<void>;
  /** Those of the ids that are there, in any order. Rejects with `memory/unreachable`. */
  read(collection: MemoryCollection, ids: readonly string[]): Promise<readonly StoredMemory[]>;
  /** Rejects with `memory/unreachable`. */
  ping(): Promise<void>;
};

/** Above it the server refuses a batch. */
const RECORDS_MAX = 5_461;
/** The client has no limit of its own; a stopped server would hold a write for ever. */
const ANSWER_WITHIN_MS = 5_000;

export const collectionName = ({ family, featureVersion, market }: MemoryCollection): string =>
  `${family}.${featureVersion}.${market}`;

/** Of a state in the family `market`. */
export const stateRecordId = (runId: RunId, { market, marketTimeMs }: MemoryId): string =>
  `${runId}/${memoryIdOf(market, marketTimeMs)}`;

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

  const outcomeBatch = async (name: string, outcomes: readonly MemoryOutcome[]): Promise<void> => {
    const collection = await open(name);
    await collection.update({
      ids: outcomes.map(({ id }) => id),
      // Added to what is there already.
      metadatas: outcomes.map(({ outcomeBps, resolvedMs }): Metadata => ({
        // As text, like every price: the server reads long fractions a last digit wrong.
        outcomeBps: String(outcomeBps),
        resolvedTs: resolvedMs,
        status: 'resolved',
      })),
    });
  };

  const readBatch = async (name: string, ids: readonly string[]): Promise<StoredMemory[]> => {
    const collection = await open(name);
    const found = await collection.get({
      ids: [...ids],
      include: ['embeddings', 'metadatas'],
      limit: ids.length,
    });
    return found.ids.map((id, at) => {
      const metadata = found.metadatas[at] ?? {};
      const { outcomeBps, resolvedTs } = metadata;
      return {
        id,
        // It answers in the shortest decimals that name the number of four bytes.
        vector: (found.embeddings[at] ?? []).map(Math.fround),
        outcomeBps: typeof outcomeBps === 'string' ? Number(outcomeBps) : undefined,
        resolvedMs: typeof resolvedTs === 'number' ? resolvedTs : undefined,
        metadata,
      };
    });
  };

  /** In as many parts as the server takes, one after the other. */
  const inBatches = async <Item, Answer>(
    verb: string,
    { collection, items }: { collection: MemoryCollection; items: readonly Item[] },
    work: (name: string, batch: readonly Item[]) => Promise<Answer>,
  ): Promise<Answer[]> => {
    const name = collectionName(collection);
    const answers: Answer[] = [];
    for (let from = 0; from < items.length; from += RECORDS_MAX) {
      const batch = items.slice(from, from + RECORDS_MAX);
      const answer = answered(`${verb} ${name}`, work(name, batch));
      answers.push(
        await answer.catch((error: OvermindError) => {
          // The server came back without its data: the handle names a collection that is gone.
          if (error.cause instanceof ChromaNotFoundError) opened.delete(name);
          throw error;
        }),
      );
    }
    return answers;
  };

  return {
    async upsert(collection, records): Promise<void> {
      await inBatches('upsert', { collection, items: records }, upsertBatch);
    },
    async recordOutcomes(collection, outcomes): Promise<void> {
      await inBatches('outcomes', { collection, items: outcomes }, outcomeBatch);
    },
    async read(collection, ids) {
      return (await inBatches('read', { collection, items: ids }, readBatch)).flat();
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
