import { holds, type RiskRule } from '../rule.ts';

/** A new attempt needs the proof that the last one never happened; else both could land. */
export const attemptOpen: RiskRule = (signal, view) => {
  const isNext = signal.attempt === view.lastAttempt + 1;
  const last = view.hasLandedAttempt
    ? 'has landed'
    : view.hasLiveAttempt
      ? 'has no end'
      : undefined;
  const actual = last
    ? `attempt ${view.lastAttempt} ${last}`
    : `attempt ${signal.attempt} after ${view.lastAttempt}`;
  return holds('attempt-open', isNext && last === undefined, 'the next attempt', actual);
};
