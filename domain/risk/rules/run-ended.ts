import { holds, type RiskRule } from '../rule.ts';

const OPEN_STATES: ReadonlySet<string> = new Set(['starting', 'running']);

/** A run that ends, or that nobody knows, takes no new trade. */
export const runEnded: RiskRule = (_signal, view) => {
  const state = view.runState ?? 'unknown';
  return holds('run-ended', OPEN_STATES.has(state), 'a running run', state);
};
