import { atLeast, holds, NOTHING_FOUND, type RiskRule } from '../rule.ts';

/** Market time since the market's last exit. */
export const coolDown: RiskRule = (signal, view, limits) => {
  if (view.lastExitMarketMs === undefined) return NOTHING_FOUND;
  const sinceMs = Math.floor(signal.marketTimeMs - view.lastExitMarketMs);
  if (!Number.isFinite(sinceMs)) {
    return holds('cool-down', false, 'a finite time', String(sinceMs));
  }
  return atLeast('cool-down', BigInt(sinceMs), BigInt(limits.coolDownMs));
};
