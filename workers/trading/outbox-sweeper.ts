import type { PermitBus, SealedPermit } from '../../domain/risk/risk-ledger.ts';
import { repeat, type Repetition } from './repeat.ts';

export type OutboxRow = SealedPermit & { readonly sequence: string };

export type OutboxSweeperDeps = {
  /** Rows older than a moment, without a report, and not expired. */
  readonly readUnreported: () => Promise<readonly OutboxRow[]>;
  readonly permits: PermitBus;
  readonly wallet: string;
  /** True while this worker is the one that sweeps: a lock on a connection of its own. */
  readonly holdsLock: () => Promise<boolean>;
  readonly onFault: (error: unknown) => void;
};

const EVERY_MS = 500;

/**
 * Publishes again what was committed and maybe never sent. The bus keeps one entry for a sequence
 * and the executor one outcome for a permit, so a row too many harms nothing.
 */
export function startOutboxSweeper(deps: OutboxSweeperDeps): Repetition {
  const turn = (): Promise<number> => sweepOnce(deps).then(() => EVERY_MS);
  return repeat(turn, EVERY_MS, deps.onFault);
}

export async function sweepOnce(deps: OutboxSweeperDeps): Promise<void> {
  if (!(await deps.holdsLock())) return;
  for (const row of await deps.readUnreported()) await deps.permits.publish(row, deps.wallet);
}
