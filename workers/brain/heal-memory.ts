import type { JudgedOpinion } from '../../adapters/ledger/recorded-decisions.ts';
import {
  collectionName,
  type ChromaMemory,
  type MemoryOutcome,
} from '../../adapters/memory/chroma-memory.ts';
import type { MarketStates, StateCursor } from '../../adapters/memory/postgres-market-states.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import type { FiledOutcome } from './label-memory.ts';
import { decisionRecord, stateRecord, type Filed } from './memory-records.ts';
import { createPatternRecords, isStoredAs } from './pattern-records.ts';

export type HealDeps = {
  readonly runId: RunId;
  readonly states: Pick<MarketStates, 'readJudged'>;
  readonly readOpinions: () => Promise<readonly JudgedOpinion[]>;
  readonly memory: Pick<ChromaMemory, 'read'>;
  /** Writes behind; safe to repeat. */
  readonly push: (items: readonly (Filed | FiledOutcome)[]) => void;
};

/** A page of features is some hundred kB; a larger one would hold decisions back. */
const PAGE = 1_000;

type Expected = Filed & { readonly outcome?: MemoryOutcome | undefined };

/**
 * Hands what the ledger has of the run and the memory lacks to the writer: after an outage, after a
 * server that came back without its data, and after a kill of the brain with things to write.
 * Answers with the number of records that were missing and of outcomes.
 */
export async function healMemory(deps: HealDeps): Promise<{ records: number; outcomes: number }> {
  const healed = { records: 0, outcomes: 0 };
  const heal = async (expected: readonly Expected[]): Promise<void> => {
    for (const group of grouped(expected)) {
      const lacking = await lackingOf(deps.memory, group);
      healed.records += lacking.records.length;
      healed.outcomes += lacking.outcomes.length;
      deps.push([...lacking.records, ...lacking.outcomes]);
    }
  };
  const days = createPatternRecords(deps.runId);
  for (let after: StateCursor | undefined; ;) {
    const page = await deps.states.readJudged(after, PAGE);
    await heal(
      page.flatMap((state): readonly Expected[] => {
        const filed = stateRecord(deps.runId, state);
        const { outcomeBps } = state;
        const patterns = outcomeBps === undefined ? [] : days.add(state, outcomeBps);
        return [{ ...filed, outcome: outcomeOf(filed, state) }, ...patterns];
      }),
    );
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  const opinions = await deps.readOpinions();
  for (let from = 0; from < opinions.length; from += PAGE) {
    await heal(
      opinions.slice(from, from + PAGE).map(({ candidate, opinion, ...known }) => {
        const filed = decisionRecord(candidate, opinion);
        return { ...filed, outcome: outcomeOf(filed, known) };
      }),
    );
  }
  return healed;
}

function outcomeOf(
  { record: { id } }: Filed,
  {
    outcomeBps,
    resolvedMs,
  }: { readonly outcomeBps: number | undefined; readonly resolvedMs: number | undefined },
): MemoryOutcome | undefined {
  return outcomeBps === undefined || resolvedMs === undefined
    ? undefined
    : { id, outcomeBps, resolvedMs };
}

function grouped(expected: readonly Expected[]): readonly (readonly Expected[])[] {
  const groups = new Map<string, Expected[]>();
  for (const one of expected) {
    const name = collectionName(one.collection);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return [...groups.values()];
}

async function lackingOf(memory: HealDeps['memory'], group: readonly Expected[]) {
  const [first] = group;
  if (!first) return { records: [], outcomes: [] };
  const ids = group.map(({ record }) => record.id);
  const there = new Map((await memory.read(first.collection, ids)).map((one) => [one.id, one]));
  const records: Filed[] = [];
  const outcomes: FiledOutcome[] = [];
  for (const { collection, record, outcome } of group) {
    const found = there.get(record.id);
    // A pattern is made anew of the whole ledger; a record of the others never changes.
    const isThere =
      collection.family === 'patterns' ? isStoredAs(found, { collection, record }) : found;
    if (!isThere) records.push({ collection, record });
    if (outcome && found?.outcomeBps === undefined) outcomes.push({ collection, outcome });
  }
  return { records, outcomes };
}
