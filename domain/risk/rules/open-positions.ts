import { atMost, type RiskRule } from '../rule.ts';

/** Positions and entries that may still become one, this one included. */
export const openPositions: RiskRule = (signal, view, limits) => {
  const trades = new Set([
    signal.signalId,
    ...view.positions.map(({ signalId }) => signalId),
    ...view.liveEntries.map(({ signalId }) => signalId),
  ]);
  return atMost('open-positions', BigInt(trades.size), BigInt(limits.openPositionsMax));
};
