import { queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { readRunRow } from '../../adapters/ledger/read-totals.ts';
import {
  stateRecordId,
  type ChromaMemory,
  type StoredMemory,
} from '../../adapters/memory/chroma-memory.ts';
import {
  createMarketStates,
  type JudgedState,
  type StateCursor,
} from '../../adapters/memory/postgres-market-states.ts';
import { differingAnswers, rebuildMemory } from '../../domain/learning/compare-memories.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { createPatternRecords, isStoredAs } from '../../workers/brain/pattern-records.ts';
import { table } from '../table.ts';

/** What Chroma has of a market's memory, beside the ledger. */
export type MemoryComparison = {
  readonly market: MarketId;
  readonly featureVersion: string;
  /** In the ledger. */
  readonly states: number;
  readonly missing: number;
  /** Other numbers, or an outcome that only one of them knows. */
  readonly differing: number;
  /** Questions to two indexes, each built from one of the stores, and those answered differently. */
  readonly asked: number;
  readonly answeredDifferently: number;
  /** What the ledger's days leave, and how many of these are not so in Chroma. */
  readonly patterns: number;
  readonly patternsDiffering: number;
};

const PAGE = 5_000;
/** The newest states of each market are the questions. */
const QUESTIONS_MAX = 500;

/** Of a run, or of the one begun last. Reads both stores whole and builds the index from each: whoever lost one can go on from the other. */
export async function checkMemory(
  pool: LedgerPool,
  memory: Pick<ChromaMemory, 'read'>,
  asked: RunId | undefined,
): Promise<readonly MemoryComparison[]> {
  const runId = (await readRunRow(pool, asked))?.runId;
  if (runId === undefined) return [];
  const states = createMarketStates(runId, (operation, query) => queryRows(pool, operation, query));
  const markets = new Map<string, JudgedState[]>();
  for (let after: StateCursor | undefined; ;) {
    const page = await states.readJudged(after, PAGE);
    for (const state of page) {
      const key = `${state.market} ${state.featureVersion}`;
      const group = markets.get(key);
      if (group) group.push(state);
      else markets.set(key, [state]);
    }
    after = page.at(-1);
    if (page.length < PAGE) break;
  }
  const compared: MemoryComparison[] = [];
  for (const group of markets.values()) compared.push(await compareMarket(group, memory, runId));
  return compared;
}

async function compareMarket(
  ledger: readonly JudgedState[],
  memory: Pick<ChromaMemory, 'read'>,
  runId: RunId,
): Promise<MemoryComparison> {
  const { market = '', featureVersion = '' } = ledger[0] ?? {};
  const ids = ledger.map((state) => stateRecordId(runId, state));
  const read = await memory.read({ family: 'market', featureVersion, market }, ids);
  const byId = new Map(read.map((one) => [one.id, one]));
  const found = ledger.flatMap((state, at) => {
    const stored = byId.get(ids[at] ?? '');
    return stored ? [{ state, stored }] : [];
  });
  const questions = ledger.slice(-QUESTIONS_MAX);
  const indexes = [
    rebuildMemory(ledger),
    rebuildMemory(found.map(({ state, stored }) => fromChroma(state, stored))),
  ] as const;
  return {
    ...{ market, featureVersion, states: ledger.length, missing: ledger.length - found.length },
    differing: found.filter(({ state, stored }) => differ(state, stored)).length,
    asked: questions.length,
    answeredDifferently: differingAnswers(indexes, questions),
    ...(await comparePatterns(ledger, memory, runId)),
  };
}

async function comparePatterns(
  ledger: readonly JudgedState[],
  memory: Pick<ChromaMemory, 'read'>,
  runId: RunId,
): Promise<Pick<MemoryComparison, 'patterns' | 'patternsDiffering'>> {
  const days = createPatternRecords(runId);
  const expected = ledger.flatMap((state) =>
    state.outcomeBps === undefined ? [] : days.add(state, state.outcomeBps),
  );
  const [first] = expected;
  if (!first) return { patterns: 0, patternsDiffering: 0 };
  const ids = expected.map(({ record }) => record.id);
  const read = await memory.read(first.collection, ids);
  const byId = new Map(read.map((one) => [one.id, one]));
  const differing = expected.filter((filed) => !isStoredAs(byId.get(filed.record.id), filed));
  return { patterns: expected.length, patternsDiffering: differing.length };
}

const fromChroma = (
  { marketTimeMs }: JudgedState,
  { vector, outcomeBps, resolvedMs }: StoredMemory,
) => ({ marketTimeMs, features: vector, outcomeBps, resolvedMs });

function differ(state: JudgedState, stored: StoredMemory): boolean {
  return (
    state.outcomeBps !== stored.outcomeBps ||
    state.resolvedMs !== stored.resolvedMs ||
    state.features.length !== stored.vector.length ||
    state.features.some((value, at) => Math.fround(value) !== stored.vector[at])
  );
}

export const isSame = (one: MemoryComparison): boolean =>
  one.missing === 0 &&
  one.differing === 0 &&
  one.answeredDifferently === 0 &&
  one.patternsDiffering === 0;

export function describeComparison(compared: readonly MemoryComparison[]): string {
  if (compared.length === 0) return 'The ledger holds no state of such a run.';
  return table(compared, [
    { title: 'market', of: ({ market }) => market },
    { title: 'features', of: ({ featureVersion }) => featureVersion },
    { title: 'states', of: ({ states }) => String(states), right: true },
    { title: 'not in Chroma', of: ({ missing }) => String(missing), right: true },
    { title: 'differ', of: ({ differing }) => String(differing), right: true },
    {
      title: 'neighbours the same',
      of: ({ asked, answeredDifferently }) => `${asked - answeredDifferently} of ${asked}`,
      right: true,
    },
    {
      title: 'patterns the same',
      of: ({ patterns, patternsDiffering }) => `${patterns - patternsDiffering} of ${patterns}`,
      right: true,
    },
    { title: '', of: (one) => (isSame(one) ? 'same' : 'DIFFERENT') },
  ]);
}
