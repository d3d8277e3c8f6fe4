import { atLeast, NOTHING_FOUND, type RiskRule } from '../rule.ts';

/** Market time since the market's last exit. */
export const coolDown: RiskRule = (signal, view, limits) => {
  if (view.lastExitMarketMs === undefined) return NOTHING_FOUND;
  const sinceMs = BigInt(Math.floor(signal.marketTimeMs - view.lastExitMarketMs));
  return atLeast('cool-down', sinceMs, BigInt(limits.coolDownMs));
};
