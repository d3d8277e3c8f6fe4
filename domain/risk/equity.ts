import { quoteUnits, type QuoteUnits } from '../shared/units.ts';
import type { RiskView } from './risk-view.ts';

/** Quote balance plus positions at the newest prices. SOL pays fees and does not count. */
export function equityOf(
  view: Pick<RiskView, 'quoteBalance' | 'openPnl' | 'positions'>,
): QuoteUnits | undefined {
  if (view.quoteBalance === undefined || view.openPnl === undefined) return undefined;
  const paid = view.positions.reduce((sum, { cost, costsPaid }) => sum + cost + costsPaid, 0n);
  return quoteUnits(view.quoteBalance + paid + view.openPnl);
}
