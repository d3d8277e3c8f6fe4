import {
  keyOfDifference,
  type Difference,
  type Reconciliation,
} from '../../domain/settlement/reconcile.ts';
import { repeat, type Repetition } from './repeat.ts';

export type ReconcileWatchDeps = {
  /** True while this worker is the one that reconciles. */
  readonly holdsLock: () => Promise<boolean>;
  /** Undefined while there is no baseline to compare with. */
  readonly reconcile: () => Promise<Reconciliation | undefined>;
  readonly record: (found: Reconciliation) => Promise<void>;
  readonly onDifference: (difference: Difference, slot: number) => void;
  /** A difference seen at two rising slots. */
  readonly halt: (reason: string) => Promise<void>;
  readonly onFault: (error: unknown) => void;
};

const EVERY_MS = 60_000;
/** Until a new slot is final, and whatever was being written is. */
const AGAIN_MS = 5_000;
const NAMED_MAX = 5;

/** At start and each minute: ledger against chain. Only what is seen twice, later again, halts. */
export function startReconcileWatch(deps: ReconcileWatchDeps): Repetition {
  return repeat(createReconcileTurn(deps), AGAIN_MS, deps.onFault);
}

/** One comparison; answers with the pause before the next one. */
export function createReconcileTurn(deps: ReconcileWatchDeps): () => Promise<number> {
  let earlier: { readonly slot: number; readonly keys: ReadonlySet<string> } | undefined;

  return async () => {
    if (!(await deps.holdsLock())) return AGAIN_MS;
    const found = await deps.reconcile();
    if (!found) return AGAIN_MS;
    await deps.record(found);
    const { slot, differences } = found;
    for (const difference of differences) deps.onDifference(difference, slot);
    if (differences.length === 0) {
      earlier = undefined;
      return EVERY_MS;
    }
    if (earlier && slot <= earlier.slot) return AGAIN_MS; // Nothing new is final: no second sight.
    const again = differences.filter((one) => earlier?.keys.has(keyOfDifference(one)) === true);
    earlier = { slot, keys: new Set(differences.map(keyOfDifference)) };
    if (again.length > 0) await deps.halt(reasonOf(again, slot));
    return AGAIN_MS;
  };
}

function reasonOf(differences: readonly Difference[], slot: number): string {
  const named = differences.slice(0, NAMED_MAX).map(textOf);
  const more =
    differences.length > named.length ? ` and ${differences.length - named.length} more` : '';
  return `ledger and chain differ at slot ${slot}: ${named.join('; ')}${more}`;
}

function textOf(difference: Difference): string {
  switch (difference.kind) {
    case 'orphan':
      return `transaction ${difference.signature} belongs to no permit`;
    case 'missing':
      return `transaction ${difference.signature} is booked and not on chain`;
    case 'balance':
      return `${difference.asset} is ${difference.by > 0n ? '+' : ''}${difference.by} base units off`;
  }
}
