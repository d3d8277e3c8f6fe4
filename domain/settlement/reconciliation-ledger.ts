import type { RunId } from '../shared/ids.ts';
import type { LedgerView, Reconciliation } from './reconcile.ts';

export type ReconciliationLedger = {
  /** Undefined until the run's baseline is stored. */
  readBooks(runId: RunId): Promise<LedgerView | undefined>;
  /** Of permits without a proven end, of whatever run. */
  readLive(): Promise<{ readonly signatures: ReadonlySet<string>; readonly unsigned: number }>;
  /** What was found, for the operator and for whoever wants to resume. */
  recordReconciliation(runId: RunId, found: Reconciliation): Promise<void>;
};
