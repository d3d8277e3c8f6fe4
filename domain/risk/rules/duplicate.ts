import { holds, type RiskRule } from '../rule.ts';

/** Two screens may fire at the same event; one trade comes of it. */
export const duplicate: RiskRule = (signal, view) =>
  holds(
    'duplicate',
    !view.isSameMomentTaken,
    'one trade a market and moment',
    `another at ${signal.marketTimeMs}`,
  );
