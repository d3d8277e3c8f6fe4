import type { Calibration } from './platt.ts';
import type { Direction } from './calibrator.ts';
import type { Candidate } from '../market/candidate.ts';

/** What the brain thinks of one candidate. Conviction and probability are different numbers. */
export type Opinion = {
  readonly direction: Direction;
  /** Rank-scaled 0–1; compared with `OVERMIND_AI_CONFIDENCE_THRESHOLD`. */
  readonly conviction: number;
  /** Raw mean score of the neighbours, −1 to 1. */
  readonly score: number;
  /** The neighbours' own frequency of a rise, 0–1, before calibration. */
  readonly rawProbability: number;
  /** Calibrated probability that a buy is above its price at the horizon, 0–1. */
  readonly probability: number;
  /** How the one became the other. */
  readonly calibration: Calibration;
  readonly averageWinBps: number;
  readonly averageLossBps: number;
  /** Mean size of what markets did over the horizon, either way: how wide exits must be. */
  readonly typicalMoveBps: number;
  /** Market time over which the outcomes were measured; a trade is held no longer. */
  readonly horizonMs: number;
  /** Distance to the neighbours ÷ mean distance inside the memory. */
  readonly dissimilarity: number;
  readonly known: boolean;
  readonly policy: 'fast';
  readonly policyVersion: string;
  readonly memorySize: number;
  readonly neighbours: readonly Neighbour[];
  readonly reasons: readonly string[];
};

export type Neighbour = {
  readonly id: string;
  readonly distance: number;
  readonly weight: number;
  readonly outcomeBps: number;
};

/** What became of the question: a brain that does not answer in time is no fault of the trade. */
export type Analysis =
  | { readonly answered: true; readonly opinion: Opinion }
  | { readonly answered: false; readonly reason: 'brain-silent' };

/** Asks the brain. Rejects with a `socket/…` error when it does not answer in time. */
export type Brain = { analyse(candidate: Candidate, timeoutMs: number): Promise<Opinion> };
