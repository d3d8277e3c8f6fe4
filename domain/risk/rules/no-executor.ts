import { holds, type RiskRule } from '../rule.ts';

/** Nobody could execute the permit in time. */
export const noExecutor: RiskRule = (_signal, view) =>
  holds('no-executor', view.leaseEpoch !== undefined, 'an executor with a lease', 'none');
