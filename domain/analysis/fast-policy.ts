import { calibrateVote, type NeighbourVote } from './calibration.ts';
import { rankAmong } from './conviction.ts';
import { describeOpinion } from './describe-opinion.ts';
import type { Neighbour, Opinion } from './opinion.ts';
import type { Recall, RecalledState } from './state-memory.ts';
import type { MarketId } from '../shared/ids.ts';

export const FAST_POLICY = {
  version: 'fast_v1',
  /** Bars over which an outcome is measured, and after which a neighbour may vote. */
  horizonBars: 30,
  neighbours: 15,
  /** States that may vote, of each market. */
  capacity: 50_000,
  /** With fewer resolved states nothing is known. */
  memoryMin: 200,
  /**
   * Neighbours this far off, in mean distances of the memory, are no precedent. On ordinary
   * recorded days 99 % of the states lie below 0.75; the crash of October 2025 reached 1.3.
   */
  dissimilarityMax: 0.8,
  /** A vote this old counts 1/e: markets change. A week of one-minute bars. */
  fadingBars: 10_000,
  /** Below this score, in typical moves, there is no direction. */
  flatScoreMax: 0.02,
} as const;

/** Neighbours shown with an opinion; all of them vote. */
const SHOWN_NEIGHBOURS_MAX = 10;

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

export type OpinionQuestion = StateTime & {
  readonly market: MarketId;
  readonly recall: Recall;
  /** Strengths of this market's earlier states. */
  readonly earlier: readonly number[];
};

/** An unknown state has neither direction nor conviction, whatever its far neighbours did. */
export function formOpinion(question: OpinionQuestion): Opinion {
  const { market, recall, earlier, intervalMs } = question;
  const { figures } = recall;
  const reading = readNeighbours(recall, question);
  const calibrated = calibrateVote(reading.vote, figures);
  const conviction = reading.known ? rankAmong(reading.strength, earlier) : 0;
  const opinion = {
    direction: reading.known ? directionOf(reading.score) : 'flat',
    conviction: rounded(conviction, 4),
    score: rounded(reading.score, 4),
    probability: rounded(calibrated.probability, 4),
    averageWinBps: rounded(calibrated.averageWinBps, 2),
    averageLossBps: rounded(calibrated.averageLossBps, 2),
    typicalMoveBps: rounded(figures.meanMoveBps, 2),
    horizonMs: FAST_POLICY.horizonBars * intervalMs,
    dissimilarity: rounded(reading.dissimilarity, 4),
    known: reading.known,
    policy: 'fast',
    policyVersion: FAST_POLICY.version,
    memorySize: figures.size,
    neighbours: shownNeighbours(market, recall.nearest, reading.weights),
  } as const;
  return { ...opinion, reasons: describeOpinion(opinion, reading, earlier.length) };
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
    } else if (outcomeBps < 0) {
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

function directionOf(score: number): Opinion['direction'] {
  if (score > FAST_POLICY.flatScoreMax) return 'up';
  return score < -FAST_POLICY.flatScoreMax ? 'down' : 'flat';
}

function shownNeighbours(
  market: MarketId,
  nearest: readonly RecalledState[],
  weights: readonly number[],
): readonly Neighbour[] {
  const total = sumOf(weights);
  return nearest.slice(0, SHOWN_NEIGHBOURS_MAX).map((state, at) => ({
    id: `${market}@${state.marketTimeMs}`,
    distance: rounded(Math.sqrt(state.squaredDistance), 3),
    weight: rounded(total > 0 ? (weights[at] ?? 0) / total : 0, 4),
    outcomeBps: rounded(state.outcomeBps, 1),
  }));
}

function sumOf(weights: readonly number[], of: (at: number) => number = () => 1): number {
  return weights.reduce((sum, weight, at) => sum + weight * of(at), 0);
}

/** Opinions travel in workflow histories: digits that mean nothing are left out. */
function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  // `+ 0`: a rounded −0 would be another value than 0 to whoever compares.
  return Math.round(value * scale) / scale + 0;
}
