import type { Signal } from '../decision/signal.ts';
import type { RiskLimits, RiskView } from './risk-view.ts';
import type { Breach, BreachRule } from './verdict.ts';

/** What a rule found. `share` is actual ÷ limit, for the risk score; 0 where there is no such ratio. */
export type Finding = { readonly share: number; readonly breach?: Breach };

export type RiskRule = (signal: Signal, view: RiskView, limits: RiskLimits) => Finding;

export const NOTHING_FOUND: Finding = { share: 0 };

/** `actual` may reach `limit`, not pass it. */
export function atMost(rule: BreachRule, actual: bigint, limit: bigint): Finding {
  const share = shareOf(actual, limit);
  if (actual <= limit) return { share };
  return { share, breach: { rule, limit: String(limit), actual: String(actual) } };
}

/** `actual` may sink to `limit`, not below it. */
export function atLeast(rule: BreachRule, actual: bigint, limit: bigint): Finding {
  const share = shareOf(limit, actual);
  if (actual >= limit) return { share };
  return { share, breach: { rule, limit: String(limit), actual: String(actual) } };
}

/** A condition in plain words. */
export function holds(rule: BreachRule, isTrue: boolean, limit: string, actual: string): Finding {
  return isTrue ? NOTHING_FOUND : { share: 1, breach: { rule, limit, actual } };
}

/** A float is enough: it only ranks risks for people; no limit is decided by it. */
function shareOf(part: bigint, whole: bigint): number {
  if (part <= 0n) return 0;
  return whole <= 0n ? 1 : Number(part) / Number(whole);
}
