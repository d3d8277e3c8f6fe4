import type { StoredMemory } from '../../adapters/memory/chroma-memory.ts';
import { createDayPatterns, type DayPattern } from '../../domain/learning/day-patterns.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import type { Filed, FiledState } from './memory-records.ts';
import { regimeOf } from './regime.ts';

export type PatternRecords = {
  /** A market's states in order of their time; answers with what an ended day leaves. */
  add(state: FiledState, outcomeBps: number): readonly Filed[];
  /** The market's memory begins anew. */
  rewind(market: MarketId): void;
};

/** What the days of a run leave in the memory; the same states leave the same, to the last bit. */
export function createPatternRecords(runId: RunId): PatternRecords {
  const days = createDayPatterns();
  return {
    add({ market, marketTimeMs, featureVersion, features: given }, outcomeBps) {
      // The ledger answers in the shortest decimals that name these numbers of four bytes.
      const features = given.map(Math.fround);
      const state = { market, marketTimeMs, kind: regimeOf(features), features, outcomeBps };
      return days.add(state).map((pattern) => patternRecord(runId, featureVersion, pattern));
    },
    rewind: days.rewind,
  };
}

export const patternRecordId = (
  runId: RunId,
  { market, day, kind }: Pick<DayPattern, 'market' | 'day' | 'kind'>,
): string => `${runId}/${market}/${day}/${kind}`;

/** The middle of a day's states of one regime, with what came of them. */
function patternRecord(runId: RunId, featureVersion: string, pattern: DayPattern): Filed {
  const { market, day, kind, centroid, count, meanBps, quantilesBps } = pattern;
  const [p10, p50, p90] = quantilesBps;
  // As text, like outcomes: the server reads long fractions a last digit wrong.
  const figures = { meanBps: `${meanBps}`, p10: `${p10}`, p50: `${p50}`, p90: `${p90}` };
  return {
    collection: { family: 'patterns', featureVersion, market },
    record: {
      id: patternRecordId(runId, pattern),
      vector: centroid,
      metadata: { run: runId, day, regime: kind, count, ...figures },
    },
  };
}

/** A pattern as it is kept, without its middle. */
export type PatternFigures = Omit<DayPattern, 'market' | 'centroid'>;

export function patternOf({ metadata }: StoredMemory): PatternFigures {
  const number = (name: string): number => Number(metadata[name]);
  return {
    day: String(metadata['day']),
    kind: String(metadata['regime']),
    count: number('count'),
    meanBps: number('meanBps'),
    quantilesBps: [number('p10'), number('p50'), number('p90')],
  };
}

/** Whether the memory holds the record as it is made of the ledger. */
export const isStoredAs = (stored: StoredMemory | undefined, { record }: Filed): boolean =>
  stored !== undefined &&
  stored.vector.length === record.vector.length &&
  record.vector.every((value, at) => Math.fround(value) === stored.vector[at]) &&
  Object.entries(record.metadata).every(([name, value]) => stored.metadata[name] === value);
