import { atMost, holds, type RiskRule } from '../rule.ts';

/** One trade's value: not above its limit, and not so small that costs eat it. */
export const notional: RiskRule = (signal, _view, limits) => {
  if (signal.notional < limits.notionalMin) {
    return holds('notional', false, `at least ${limits.notionalMin}`, String(signal.notional));
  }
  // A buy pays in quote units: less notional than it spends would hide exposure.
  if (signal.side === 'buy' && signal.notional < signal.amountIn) {
    return holds('notional', false, `the ${signal.amountIn} it spends`, String(signal.notional));
  }
  return atMost('notional', signal.notional, limits.notionalMax);
};
