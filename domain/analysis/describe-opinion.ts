import { FAST_POLICY } from './fast-policy-settings.ts';
import type { Reading } from './read-neighbours.ts';
import type { Opinion } from './opinion.ts';

/** Sentences for an operator; they are shown in the Temporal Web UI as they are. */
export function describeOpinion(
  opinion: Omit<Opinion, 'reasons'>,
  reading: Reading,
  rankedStates: number,
): readonly string[] {
  return [evidence(opinion, reading), ...judgement(opinion, reading, rankedStates)];
}

function evidence({ memorySize, horizonMs }: Omit<Opinion, 'reasons'>, reading: Reading): string {
  const { weights, vote, meanOutcomeBps } = reading;
  if (weights.length === 0) return 'No past state with a known outcome yet.';
  const rose = `${Math.round(vote.riseShare * 100)} % of them rose`;
  const mean = `${signed(meanOutcomeBps)} bps on average`;
  return (
    `${weights.length} of ${memorySize} past states are near; by weight ${rose} within ` +
    `${duration(horizonMs)}, ${mean}.`
  );
}

function judgement(
  { known, conviction, probability, dissimilarity, ...rest }: Omit<Opinion, 'reasons'>,
  { agreement, strength }: Reading,
  rankedStates: number,
): readonly string[] {
  if (rest.memorySize < FAST_POLICY.memoryMin) {
    const needed = `${FAST_POLICY.memoryMin} are needed`;
    return [`Only ${rest.memorySize} past states have a known outcome, ${needed}: hold.`];
  }
  const likeness = `neighbours lie at ${dissimilarity.toFixed(2)} of the memory's mean distance`;
  if (!known) {
    return [`An unknown state: ${likeness}, above ${FAST_POLICY.dissimilarityMax}: hold.`];
  }
  const { averageWinBps: win, averageLossBps: loss, rawProbability: raw } = rest;
  const { samples } = rest.calibration;
  const learnt = samples > 0 ? `what ${samples} outcomes make of` : 'before any outcome, of';
  return [
    `A known state: ${likeness}.`,
    `Chance to rise ${Math.round(probability * 100)} % (${learnt} the neighbours’ ${Math.round(raw * 100)} %), then ${win.toFixed(0)} bps up or ` +
      `${loss.toFixed(0)} bps down; a typical move is ${rest.typicalMoveBps.toFixed(0)} bps.`,
    `Strength ${strength.toFixed(3)} (${Math.round(agreement * 100)} % agree) ranks at ` +
      `${Math.round(conviction * 100)} % among the last ${rankedStates} states.`,
  ];
}

const signed = (bps: number): string => `${bps < 0 ? '' : '+'}${bps.toFixed(0)}`;

function duration(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.round(ms / 1_000)} s`;
  return minutes < 180 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 6) / 10} h`;
}
