import { holds, NOTHING_FOUND, type RiskRule } from '../rule.ts';

/** Until the market's day is over, or until the operator says so. */
export const reduceOnly: RiskRule = (signal, view) => {
  if (view.reduceOnlyBy !== undefined) {
    return holds('reduce-only', false, `exits only: ${view.reduceOnlyBy}`, 'an entry');
  }
  const untilMs = view.reduceOnlyUntilMs;
  if (untilMs === undefined) return NOTHING_FOUND;
  return holds(
    'reduce-only',
    signal.marketTimeMs >= untilMs,
    `exits only until ${untilMs}`,
    `an entry at ${signal.marketTimeMs}`,
  );
};
