import { atMost, type RiskRule } from '../rule.ts';

/** All markets together; permits without an end count in full. */
export const totalExposure: RiskRule = (signal, view, limits) =>
  atMost('total-exposure', view.committed + signal.notional, limits.exposureMax);
