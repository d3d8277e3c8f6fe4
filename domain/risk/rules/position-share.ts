import { portionOf } from '../../shared/units.ts';
import { equityOf } from '../equity.ts';
import { atMost, holds, type RiskRule } from '../rule.ts';

/** No single market may hold more than its share of equity. */
export const positionShare: RiskRule = (signal, view, limits) => {
  const equity = equityOf(view);
  if (equity === undefined) {
    return holds('position-share', false, 'a known equity', 'no balance or price');
  }
  const limit = portionOf(equity, limits.positionShareMax);
  return atMost('position-share', view.committedInMarket + signal.notional, limit);
};
