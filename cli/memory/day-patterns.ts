import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { readDecidedStates, readFeatureVersions } from '../../adapters/ledger/memory-lineage.ts';
import { readRunRow } from '../../adapters/ledger/read-totals.ts';
import type { ChromaMemory } from '../../adapters/memory/chroma-memory.ts';
import type { DayId } from '../../domain/analysis/memory-id.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { humanBps } from '../../domain/shared/human-amounts.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import {
  patternOf,
  patternRecordId,
  type PatternFigures,
} from '../../workers/brain/pattern-records.ts';
import { REGIMES, regimeOf } from '../../workers/brain/regime.ts';
import { facts, table } from '../table.ts';

/** What a day's states of one regime had in common, with what the brain was asked about there. */
type ShownPattern = PatternFigures & {
  readonly featureVersion: string;
  readonly decisions: readonly string[];
};

export type DayOfPatterns = {
  readonly id: string;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly patterns: readonly ShownPattern[];
};

const DAY_MS = 86_400_000;

/** Throws `memory/unknown` for a day that left nothing, or has not ended. */
export async function showDay(
  pool: LedgerPool,
  memory: Pick<ChromaMemory, 'read'>,
  asked: { readonly day: DayId; readonly runId: RunId | undefined },
): Promise<DayOfPatterns> {
  const { market, day, beginMs } = asked.day;
  const id = `${market}/${day}`;
  const runId = (await readRunRow(pool, asked.runId))?.runId ?? asked.runId ?? '(none)';
  const span = { market, fromMs: beginMs, toMs: beginMs + DAY_MS };
  const decided = await readDecidedStates(pool, runId, span);
  const ids = REGIMES.map((kind) => patternRecordId(runId, { market, day, kind }));
  const patterns: ShownPattern[] = [];
  for (const featureVersion of await readFeatureVersions(pool, runId, market)) {
    const stored = await memory.read({ family: 'patterns', featureVersion, market }, ids);
    for (const pattern of stored.map(patternOf)) {
      const here = decided.filter(
        (one) => one.featureVersion === featureVersion && regimeOf(one.features) === pattern.kind,
      );
      const decisions = here.map(({ signalId }) => signalId);
      patterns.push({ ...pattern, featureVersion, decisions });
    }
  }
  if (patterns.length === 0) throw new OvermindError('memory/unknown', { asked: id, runId });
  return { id, runId, market, patterns: patterns.toSorted((a, b) => b.count - a.count) };
}

export function describeDay({ id, runId, patterns }: DayOfPatterns): string {
  const lines = facts([
    ['day', id],
    ['run', runId],
  ]);
  const bps = (title: string, of: (pattern: ShownPattern) => number) => ({
    ...{ title, right: true },
    of: (pattern: ShownPattern) => humanBps(of(pattern)),
  });
  const shown = table(patterns, [
    { title: 'regime', of: ({ kind }) => kind },
    { title: 'states', of: ({ count }) => String(count), right: true },
    bps('mean', ({ meanBps }) => meanBps),
    bps('10 %', ({ quantilesBps }) => quantilesBps[0]),
    bps('median', ({ quantilesBps }) => quantilesBps[1]),
    bps('90 %', ({ quantilesBps }) => quantilesBps[2]),
    { title: 'decisions', of: ({ decisions }) => String(decisions.length), right: true },
  ]);
  return `${lines}\n\n${shown}`;
}
