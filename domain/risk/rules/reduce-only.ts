import { holds, NOTHING_FOUND, type RiskRule } from '../rule.ts';

export const reduceOnly: RiskRule = (signal, view) => {
  const untilMs = view.reduceOnlyUntilMs;
  if (untilMs === undefined) return NOTHING_FOUND;
  return holds(
    'reduce-only',
    signal.marketTimeMs >= untilMs,
    `exits only until ${untilMs}`,
    `an entry at ${signal.marketTimeMs}`,
  );
};
