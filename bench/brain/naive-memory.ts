import type { Recall } from '../../domain/analysis/state-memory.ts';

export type NaiveState = {
  readonly marketTimeMs: number;
  readonly features: readonly number[];
  readonly outcomeBps: number;
};

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** What one would write without an index: objects, a distance for each, and a sort of them all. */
export function recallNaively(
  states: readonly NaiveState[],
  features: readonly number[],
  neighbours: number,
): Recall {
  const measured = states.map(({ marketTimeMs, outcomeBps, features: known }) => ({
    marketTimeMs,
    outcomeBps,
    squaredDistance: known.reduce((sum, one, at) => sum + (one - (features[at] ?? 0)) ** 2, 0),
  }));
  const sorted = measured.toSorted((a, b) => a.squaredDistance - b.squaredDistance);
  const rises = states.filter(({ outcomeBps }) => outcomeBps > 0);
  const falls = states.filter(({ outcomeBps }) => outcomeBps <= 0);
  const riseBps = rises.reduce((sum, { outcomeBps }) => sum + outcomeBps, 0);
  const fallBps = falls.reduce((sum, { outcomeBps }) => sum - outcomeBps, 0);
  const distance = measured.reduce((sum, one) => sum + Math.sqrt(one.squaredDistance), 0);
  const distanceToMemory = share(distance, states.length);
  return {
    figures: {
      size: states.length,
      riseShare: share(rises.length, states.length),
      meanRiseBps: share(riseBps, rises.length),
      meanFallBps: share(fallBps, falls.length),
      meanMoveBps: share(riseBps + fallBps, states.length),
      meanDistance: distanceToMemory,
    },
    distanceToMemory,
    nearest: sorted.slice(0, neighbours),
  };
}
