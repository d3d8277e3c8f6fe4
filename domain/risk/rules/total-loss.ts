import { atMost, holds, type RiskRule } from '../rule.ts';

/** Realised in the whole run plus what open positions stand at. */
export const totalLoss: RiskRule = (_signal, view, limits) => {
  if (view.openPnl === undefined) {
    return holds('total-loss', false, 'a price of every open position', 'a price is missing');
  }
  return atMost('total-loss', -(view.realisedInRun + view.openPnl), limits.totalLossMax);
};
