import { holds, NOTHING_FOUND, type RiskRule } from '../rule.ts';

/** The one that holds the lease has been superseded: what it is given is born dead. */
export const oldEpoch: RiskRule = (_signal, view) => {
  const { leaseEpoch, executorEpoch } = view;
  if (leaseEpoch === undefined) return NOTHING_FOUND; // `no-executor` says it.
  return holds(
    'old-epoch',
    leaseEpoch === executorEpoch,
    `executor epoch ${executorEpoch}`,
    `lease of epoch ${leaseEpoch}`,
  );
};
