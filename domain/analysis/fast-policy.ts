import type { MarketId } from '../shared/ids.ts';
import type { Calibrated, Direction } from './calibrator.ts';
import { rankAmong } from './conviction.ts';
import { describeOpinion } from './describe-opinion.ts';
import { FAST_POLICY } from './fast-policy-settings.ts';
import type { Neighbour, Opinion } from './opinion.ts';
import { readNeighbours, sumOf, type Reading, type StateTime } from './read-neighbours.ts';
import type { Recall, RecalledState } from './state-memory.ts';
import { memoryIdOf } from './memory-id.ts';
import { figuresOf } from './vote-figures.ts';

export type OpinionQuestion = StateTime & {
  readonly market: MarketId;
  readonly recall: Recall;
  /** Strengths of this market's earlier states. */
  readonly earlier: readonly number[];
  /** By what was known when the question is put. */
  readonly calibrate: (direction: Direction, rawProbability: number) => Calibrated;
};

/** An unknown state has neither direction nor conviction, whatever its far neighbours did. */
export function formOpinion(question: OpinionQuestion): Opinion {
  const { market, recall, earlier, intervalMs } = question;
  const { figures } = recall;
  const reading = readNeighbours(recall, question);
  const direction = directionOf(reading);
  const vote = figuresOf(reading.vote, figures);
  const { probability, ...calibration } = question.calibrate(direction, vote.rawProbability);
  const conviction = reading.known ? rankAmong(reading.strength, earlier) : 0;
  const opinion = {
    direction,
    conviction: rounded(conviction, 4),
    score: rounded(reading.score, 4),
    rawProbability: rounded(vote.rawProbability, 4),
    probability: rounded(probability, 4),
    calibration: {
      slope: rounded(calibration.slope, 4),
      offset: rounded(calibration.offset, 4),
      samples: calibration.samples,
    },
    averageWinBps: rounded(vote.averageWinBps, 2),
    averageLossBps: rounded(vote.averageLossBps, 2),
    typicalMoveBps: rounded(figures.meanMoveBps, 2),
    horizonMs: FAST_POLICY.horizonBars * intervalMs,
    dissimilarity: rounded(reading.dissimilarity, 4),
    known: reading.known,
    policy: 'fast',
    policyVersion: FAST_POLICY.version,
    memorySize: figures.size,
    neighbours: votersOf(market, recall.nearest, reading.weights),
  } as const;
  return { ...opinion, reasons: describeOpinion(opinion, reading, earlier.length) };
}

/** Of a state like none before there is no direction. */
export function directionOf({ known, score }: Pick<Reading, 'known' | 'score'>): Direction {
  if (!known) return 'flat';
  if (score > FAST_POLICY.flatScoreMax) return 'up';
  return score < -FAST_POLICY.flatScoreMax ? 'down' : 'flat';
}

/** Every memory that voted: whoever revokes one finds what it had a part in. */
function votersOf(
  market: MarketId,
  nearest: readonly RecalledState[],
  weights: readonly number[],
): readonly Neighbour[] {
  const total = sumOf(weights);
  return nearest.map((state, at) => ({
    id: memoryIdOf(market, state.marketTimeMs),
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
