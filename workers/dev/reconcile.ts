import { reconcileWallet } from '../../activities/reconcile-wallet.ts';
import { queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { createReconciliationLedger } from '../../adapters/ledger/reconciliation-ledger.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { persist } from '../persist.ts';
import { untilFinalized } from './until-finalized.ts';

/** How a run ended, as the summary says it. */
export type RunSums = {
  /** Chain balance, finalized, less the baseline. */
  readonly walletDelta: Readonly<Record<string, string>>;
  /** The run's ledger entries. */
  readonly settlementSum: Readonly<Record<string, string>>;
  /** Transactions of the wallet that belong to no permit and no housekeeping. */
  readonly orphans: readonly string[];
  readonly sumsAgree: boolean;
};

/**
 * Ledger against chain, at a finalized slot that holds everything settled. Each side comes from its
 * own source; nothing is copied from one to the other.
 */
export async function reconcileRun(
  pool: LedgerPool,
  chain: ChainReader,
  { runId, limitMs }: { readonly runId: RunId; readonly limitMs: number },
): Promise<RunSums> {
  await untilFinalized(chain, await readLastSlot(pool, runId), limitMs);
  const ledger = createReconciliationLedger(pool);
  const patience = { limitMs, onFault: () => undefined };
  const found = await persist(() => reconcileWallet({ chain, ledger }, runId), patience);
  if (!found) {
    const fault = `run ${runId} has no baseline`;
    throw new OvermindError('ledger/conflict', { operation: 'reconcile', fault });
  }
  await ledger.recordReconciliation(runId, found);
  const { walletDelta, settlementSum, differences } = found;
  const assets = [...new Set([...walletDelta.keys(), ...settlementSum.keys()])].toSorted();
  const named = (sums: ReadonlyMap<string, bigint>) =>
    Object.fromEntries(assets.map((asset) => [asset, String(sums.get(asset) ?? 0n)]));
  return {
    walletDelta: named(walletDelta),
    settlementSum: named(settlementSum),
    orphans: differences.flatMap((one) => (one.kind === 'orphan' ? [one.signature] : [])),
    // Not only without a difference: the two sums themselves, with nothing still on its way.
    sumsAgree:
      differences.length === 0 &&
      assets.every((asset) => (walletDelta.get(asset) ?? 0n) === (settlementSum.get(asset) ?? 0n)),
  };
}

async function readLastSlot(pool: LedgerPool, runId: RunId): Promise<number> {
  const [row] = await queryRows<{ slot: string | null }>(pool, 'read last slot', {
    text: `select max(slot) as slot from settlements join permits using (permit_id) where run_id = $1`,
    values: [runId],
  });
  return Number(row?.slot ?? 0);
}
