import { holds, type RiskRule } from '../rule.ts';

/** A new attempt needs the proven end of the last one; else both could land. */
export const attemptOpen: RiskRule = (signal, view) => {
  const isNext = signal.attempt === view.lastAttempt + 1;
  const actual = view.hasLiveAttempt
    ? `attempt ${view.lastAttempt} has no end`
    : `attempt ${signal.attempt} after ${view.lastAttempt}`;
  return holds('attempt-open', isNext && !view.hasLiveAttempt, 'the next attempt', actual);
};
