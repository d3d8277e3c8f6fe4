import type { NeighbourVote } from './vote-figures.ts';
import { FAST_POLICY } from './fast-policy-settings.ts';
import type { Recall, RecalledState } from './state-memory.ts';

/** What the neighbours of a state say, before it is ranked among earlier states. */
export type Reading = {
  readonly known: boolean;
  /** Weighted mean outcome in typical moves of the memory, −1 to 1. */
  readonly score: number;
  readonly meanOutcomeBps: number;
  /** Weighted share of neighbours that went the way of the score. */
  readonly agreement: number;
  /** |score| · agreement: what conviction ranks. */
  readonly strength: number;
  readonly dissimilarity: number;
  readonly vote: NeighbourVote;
  readonly weights: readonly number[];
};

export type StateTime = { readonly marketTimeMs: number; readonly intervalMs: number };

/** Reads the neighbours' votes: near ones count more, and so do recent ones. */
export function readNeighbours({ nearest, figures }: Recall, time: StateTime): Reading {
  const weights = weightsOf(nearest, time);
  const total = sumOf(weights);
  const vote = voteOf(nearest, weights, total);
  const meanOutcomeBps =
    total > 0 ? sumOf(weights, (at) => nearest[at]?.outcomeBps ?? 0) / total : 0;
  const unit = figures.meanMoveBps;
  const score = unit > 0 ? Math.max(-1, Math.min(1, meanOutcomeBps / unit)) : 0;
  const along = (at: number): number =>
    Math.sign(nearest[at]?.outcomeBps ?? 0) === Math.sign(score) ? 1 : 0;
  const agreement = total > 0 && score !== 0 ? sumOf(weights, along) / total : 0;
  const dissimilarity = dissimilarityOf(nearest, figures.meanDistance);
  return {
    known: figures.size >= FAST_POLICY.memoryMin && dissimilarity <= FAST_POLICY.dissimilarityMax,
    score,
    meanOutcomeBps,
    agreement,
    strength: Math.abs(score) * agreement,
    dissimilarity,
    vote,
    weights,
  };
}

/**
 * exp(−d²/h) · exp(−age/τ). The width h is the neighbours' own mean d²: a fixed one would give one
 * neighbour all the say in a dense memory and none to any in a sparse one.
 */
export function weightsOf(nearest: readonly RecalledState[], time: StateTime): readonly number[] {
  const width = nearest.reduce((sum, { squaredDistance }) => sum + squaredDistance, 0);
  const scale = width > 0 ? nearest.length / width : 0;
  const fadingMs = FAST_POLICY.fadingBars * time.intervalMs;
  return nearest.map(({ squaredDistance, marketTimeMs }) =>
    Math.exp(-squaredDistance * scale - (time.marketTimeMs - marketTimeMs) / fadingMs),
  );
}

function voteOf(
  nearest: readonly RecalledState[],
  weights: readonly number[],
  total: number,
): NeighbourVote {
  let [squares, rises, riseBps, falls, fallBps] = [0, 0, 0, 0, 0];
  for (const [at, { outcomeBps }] of nearest.entries()) {
    const weight = weights[at] ?? 0;
    squares += weight * weight;
    if (outcomeBps > 0) {
      rises += weight;
      riseBps += weight * outcomeBps;
    } else {
      falls += weight;
      fallBps -= weight * outcomeBps;
    }
  }
  return {
    effectiveVotes: squares > 0 ? (total * total) / squares : 0,
    riseShare: total > 0 ? rises / total : 0,
    meanRiseBps: rises > 0 ? riseBps / rises : 0,
    meanFallBps: falls > 0 ? fallBps / falls : 0,
  };
}

function dissimilarityOf(nearest: readonly RecalledState[], meanDistance: number): number {
  if (nearest.length === 0) return 0;
  const mean =
    nearest.reduce((sum, { squaredDistance }) => sum + Math.sqrt(squaredDistance), 0) /
    nearest.length;
  if (meanDistance > 0) return mean / meanDistance;
  // All that was ever seen is one and the same state: this is it, or it is like nothing.
  return mean > 0 ? Number.MAX_SAFE_INTEGER : 0;
}

/** Weighted sum; of the weights alone without `of`. */
export function sumOf(weights: readonly number[], of: (at: number) => number = () => 1): number {
  return weights.reduce((sum, weight, at) => sum + weight * of(at), 0);
}
