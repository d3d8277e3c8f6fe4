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

export type VoteFigures = {
  /** The neighbours' own frequency of a rise; what it is worth, calibration says. */
  readonly rawProbability: number;
  readonly averageWinBps: number;
  readonly averageLossBps: number;
};

/**
 * Votes that the memory as a whole counts for. More than there are neighbours: neighbours of one
 * hour share most of their outcome, so 25 of them are worth far fewer independent ones.
 */
const PRIOR_VOTES = 50;

/** Sizes of wins and losses are shrunk towards the memory's own. */
export function figuresOf(vote: NeighbourVote, memory: MemoryFigures): VoteFigures {
  const { effectiveVotes, riseShare } = vote;
  const risen = effectiveVotes * riseShare;
  return {
    // Laplace: neighbours that only ever rose do not make a fall impossible.
    rawProbability: (risen + 1) / (effectiveVotes + 2),
    averageWinBps: shrink(vote.meanRiseBps, risen, memory.meanRiseBps),
    averageLossBps: shrink(vote.meanFallBps, effectiveVotes - risen, memory.meanFallBps),
  };
}

function shrink(observed: number, votes: number, prior: number): number {
  return (observed * votes + prior * PRIOR_VOTES) / (votes + PRIOR_VOTES);
}
