import type { Logger } from 'pino';
import {
  collectionName,
  createChromaMemory,
  type ChromaMemory,
  type MemoryCollection,
  type MemoryOutcome,
  type MemoryRecord,
} from '../../adapters/memory/chroma-memory.ts';
import type { JudgedOpinion } from '../../adapters/ledger/recorded-decisions.ts';
import type {
  MarketStates,
  StoredLabel,
  StoredState,
} from '../../adapters/memory/postgres-market-states.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Observation } from '../../domain/learning/market-brain.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { repeat } from '../trading/repeat.ts';
import { healMemory } from './heal-memory.ts';
import { createMemoryLabeller, type FiledOutcome } from './label-memory.ts';
import { decisionRecord, stateRecord, type Filed } from './memory-records.ts';
import { createWriteBehind, type WriteBehind } from './write-behind.ts';

export type Archive = {
  /** `isKnown`: an earlier life has filed this state already. */
  recordObservation(state: MarketState, observation: Observation, isKnown: boolean): void;
  recordOpinion(candidate: Candidate, opinion: Opinion): void;
  health(): ArchiveHealth;
  /** Answers when what waits is written, or in vain after the time given. */
  stop(withinMs: number): Promise<void>;
};

export type ArchiveHealth = {
  readonly chroma: 'ok' | 'degraded';
  readonly ledger: 'ok' | 'degraded';
  /** Items not written yet, and items that never will be. */
  readonly waiting: number;
  readonly dropped: number;
};

export type ArchiveOptions = {
  readonly runId: RunId;
  readonly states: MarketStates;
  /** What this run has been asked and how it ended, as far as the ledger knows. */
  readonly readOpinions: () => Promise<readonly JudgedOpinion[]>;
  /** Undefined: the memory is kept in Postgres alone, and the brain says `degraded`. */
  readonly chromaUrl: string | undefined;
  readonly log: Logger;
};

/** About two weeks of one market's minutes; a label counts as an item, too. */
const LEDGER_ITEMS_MAX = 40_000;
const CHROMA_ITEMS_MAX = 20_000;
const LEDGER_BATCH_MAX = 1_000;
/** A batch takes the server some tenths of a second; a larger one would hold decisions back. */
const CHROMA_BATCH_MAX = 500;
const PING_EVERY_MS = 2_000;

type LedgerItem = { readonly state: StoredState } | { readonly label: StoredLabel };
type ChromaItem = Filed | FiledOutcome;

/** Everything the brain keeps beyond its own life, behind its answers and never in their way. */
export async function openArchive(options: ArchiveOptions): Promise<Archive> {
  const { runId, states, chromaUrl, log } = options;
  const ledger = createWriteBehind<LedgerItem>({
    itemsMax: LEDGER_ITEMS_MAX,
    batchMax: LEDGER_BATCH_MAX,
    write: (batch) => writeToLedger(states, batch),
    ...tell(log, 'market states', 'Postgres'),
  });
  const labeller = createMemoryLabeller(runId);
  for (const { candidate, outcomeBps } of await options.readOpinions()) {
    if (outcomeBps === undefined) labeller.await(candidate);
  }
  const chroma = chromaUrl === undefined ? undefined : openChroma(chromaUrl, options);
  if (!chroma) log.warn('CHROMA_URL is not set: the memory is kept in Postgres alone');

  return {
    recordObservation(state, observation, isKnown) {
      const { market, marketTimeMs, close } = state.event;
      const { features, featureVersion } = state;
      if (observation.restarted) labeller.rewind(market);
      const { outcomes, patterns } = labeller.label(market, observation.labels);
      if (features && observation.remembered) {
        const filed = { market, marketTimeMs, featureVersion, close, features };
        const { reading } = observation;
        labeller.watch(filed);
        if (!isKnown) {
          ledger.push([{ state: { ...filed, policyVersion: FAST_POLICY.version, reading } }]);
          chroma?.queue.push([stateRecord(runId, filed)]);
        }
      }
      ledger.push(observation.labels.map((label) => ({ label: { ...label, market } })));
      chroma?.queue.push(isKnown ? patterns : [...outcomes, ...patterns]);
    },
    recordOpinion(candidate, opinion) {
      labeller.await(candidate);
      chroma?.queue.push([decisionRecord(candidate, opinion)]);
    },
    health: () => ({
      chroma: chroma?.isHealthy() ? 'ok' : 'degraded',
      ledger: ledger.isHealthy() ? 'ok' : 'degraded',
      waiting: ledger.waiting() + (chroma?.queue.waiting() ?? 0),
      dropped: ledger.dropped() + (chroma?.queue.dropped() ?? 0),
    }),
    async stop(withinMs) {
      const [left, leftInChroma] = await Promise.all([
        ledger.stop(withinMs),
        chroma?.stop(withinMs),
      ]);
      if (left || leftInChroma) log.warn({ left, leftInChroma }, 'memory was not written whole');
    },
  };
}

type RunningChroma = {
  readonly queue: WriteBehind<ChromaItem>;
  isHealthy(): boolean;
  stop(withinMs: number): Promise<number>;
};

function openChroma(url: string, { log, ...ledger }: ArchiveOptions): RunningChroma {
  const memory = createChromaMemory(url);
  const queue = createWriteBehind<ChromaItem>({
    itemsMax: CHROMA_ITEMS_MAX,
    batchMax: CHROMA_BATCH_MAX,
    write: (batch) => writeToChroma(memory, batch),
    ...tell(log, 'memory', 'Chroma'),
  });
  let answers = false;
  // What came while it was away, or was lost with it, is in the ledger.
  const heal = async (): Promise<void> => {
    const { records, outcomes } = await healMemory({ ...ledger, memory, push: queue.push });
    log.info({ records, outcomes }, 'Chroma answers, and gets what it lacks');
  };
  const ping = async (): Promise<number> => {
    await memory.ping();
    if (!answers) await heal();
    answers = true;
    return PING_EVERY_MS;
  };
  const pinging = repeat(ping, PING_EVERY_MS, (error) => {
    if (answers)
      log.warn({ err: error }, 'Chroma does not answer: memory degraded, trading goes on');
    answers = false;
  });
  return {
    queue,
    isHealthy: () => answers && queue.isHealthy(),
    async stop(withinMs) {
      const [left] = await Promise.all([queue.stop(withinMs), pinging.stop()]);
      return left;
    },
  };
}

async function writeToLedger(states: MarketStates, batch: readonly LedgerItem[]): Promise<void> {
  // A label comes after its state, so states first keeps every label of the batch.
  const given = batch.flatMap((item) => ('state' in item ? [item.state] : []));
  const labels = batch.flatMap((item) => ('label' in item ? [item.label] : []));
  if (given.length > 0) await states.recordStates(given);
  if (labels.length > 0) await states.recordLabels(labels);
}

async function writeToChroma(memory: ChromaMemory, batch: readonly ChromaItem[]): Promise<void> {
  type Group = {
    readonly collection: MemoryCollection;
    readonly records: Map<string, MemoryRecord>;
    readonly outcomes: Map<string, MemoryOutcome>;
  };
  const groups = new Map<string, Group>();
  for (const item of batch) {
    const { collection } = item;
    const name = collectionName(collection);
    const group = groups.get(name) ?? { collection, records: new Map(), outcomes: new Map() };
    groups.set(name, group);
    // One write may not name an id twice; of two the later one counts.
    if ('record' in item) group.records.set(item.record.id, item.record);
    else group.outcomes.set(item.outcome.id, item.outcome);
  }
  for (const { collection, records, outcomes } of groups.values()) {
    if (records.size > 0) await memory.upsert(collection, [...records.values()]);
    // An outcome comes after its record: after all of the batch it meets each of them.
    if (outcomes.size > 0) await memory.recordOutcomes(collection, [...outcomes.values()]);
  }
}

function tell(log: Logger, what: string, where: string) {
  return {
    onFault: (error: unknown) => log.warn({ err: error }, `${what} not written to ${where} yet`),
    onDrop: (dropped: number) => log.error({ dropped }, `${what} dropped, never to reach ${where}`),
  };
}
