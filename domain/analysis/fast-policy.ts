import type { MarketId } from '../shared/ids.ts';
import { calibrateVote } from './calibration.ts';
import { rankAmong } from './conviction.ts';
import { describeOpinion } from './describe-opinion.ts';
import { FAST_POLICY } from './fast-policy-settings.ts';
import type { Neighbour, Opinion } from './opinion.ts';
import { readNeighbours, sumOf, type StateTime } from './read-neighbours.ts';
import type { Recall, RecalledState } from './state-memory.ts';

/** Neighbours shown with an opinion; all of them vote. */
const SHOWN_NEIGHBOURS_MAX = 10;

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

/** Opinions travel in workflow histories: digits that mean nothing are left out. */
function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  // `+ 0`: a rounded −0 would be another value than 0 to whoever compares.
  return Math.round(value * scale) / scale + 0;
}
