import { atMost, holds, type RiskRule } from '../rule.ts';

/** Realised on this market day plus what open positions stand at. */
export const dailyLoss: RiskRule = (_signal, view, limits) => {
  if (view.openPnl === undefined) {
    return holds('daily-loss', false, 'a price of every open position', 'a price is missing');
  }
  return atMost('daily-loss', -(view.realisedToday + view.openPnl), limits.dailyLossMax);
};
