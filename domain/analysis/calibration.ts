import type { MemoryFigures } from './scan-states.ts';

/** What neighbours say of a buy, before it is held against the memory as a whole. */
export type NeighbourVote = {
  /** How many independent votes the weights are worth: (Σw)² / Σw². */
  readonly effectiveVotes: number;
  /** Weighted share of neighbours that rose. */
  readonly riseShare: number;
  /** Weighted mean size of those that rose, and of those that did not; 0 without any. */
  readonly meanRiseBps: number;
  readonly meanFallBps: number;
};

export type CalibratedVote = {
  readonly probability: number;
  readonly averageWinBps: number;
  readonly averageLossBps: number;
};

/**
 * Votes that the memory as a whole counts for. More than there are neighbours: neighbours of one
 * hour share most of their outcome, so 25 of them are worth far fewer independent ones.
 */
const PRIOR_VOTES = 50;

/**
 * Probability that a buy is above its price at the horizon: the neighbours' weighted frequency,
 * shrunk towards the memory's own (a Beta prior whose mean is the base rate). It is not yet fitted
 * to resolved decisions; sizes of wins and losses are shrunk in the same way.
 */
export function calibrateVote(vote: NeighbourVote, memory: MemoryFigures): CalibratedVote {
  // Laplace: a memory that only ever rose does not make a fall impossible.
  const baseRate = (memory.riseShare * memory.size + 1) / (memory.size + 2);
  const { effectiveVotes, riseShare } = vote;
  const risen = effectiveVotes * riseShare;
  return {
    probability: shrink(riseShare, effectiveVotes, baseRate),
    averageWinBps: shrink(vote.meanRiseBps, risen, memory.meanRiseBps),
    averageLossBps: shrink(vote.meanFallBps, effectiveVotes - risen, memory.meanFallBps),
  };
}

function shrink(observed: number, votes: number, prior: number): number {
  return (observed * votes + prior * PRIOR_VOTES) / (votes + PRIOR_VOTES);
}
