import { atMost, type RiskRule } from '../rule.ts';

const UNDELIVERED_MAX = 1_000n;

/** Permits that nobody has taken yet would run out unexecuted. */
export const backlog: RiskRule = (_signal, view) =>
  atMost('backlog', BigInt(view.backlog), UNDELIVERED_MAX);
