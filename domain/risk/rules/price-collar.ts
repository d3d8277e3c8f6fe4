import { atMost, holds, type RiskRule } from '../rule.ts';

/** The pool's price and the feed's must agree; one alone could be wrong or made up. */
export const priceCollar: RiskRule = (signal, _view, limits) => {
  const { collarBps } = signal;
  // NaN would pass every comparison.
  if (!Number.isFinite(collarBps) || collarBps < 0) {
    return holds('price-collar', false, `${limits.collarMax} bps`, String(collarBps));
  }
  return atMost('price-collar', BigInt(Math.ceil(collarBps)), BigInt(limits.collarMax));
};
