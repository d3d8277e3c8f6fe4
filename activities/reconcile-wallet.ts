import type { ChainReader } from '../domain/settlement/chain-reader.ts';
import { reconcile, type Reconciliation } from '../domain/settlement/reconcile.ts';
import type { ReconciliationLedger } from '../domain/settlement/reconciliation-ledger.ts';
import type { AssetDelta } from '../domain/settlement/settlement.ts';
import type { RunId } from '../domain/shared/ids.ts';

export type ReconcileDeps = {
  readonly chain: Pick<ChainReader, 'readBalances' | 'readWalletSignatures' | 'readTransaction'>;
  readonly ledger: Pick<ReconciliationLedger, 'readBooks' | 'readLive'>;
};

/**
 * One look at ledger and chain. The order matters: what is live is read before what is booked, so a
 * permit that settles in between is found in one of the two. Undefined without a baseline.
 */
export async function reconcileWallet(
  { chain, ledger }: ReconcileDeps,
  runId: RunId,
): Promise<Reconciliation | undefined> {
  const { slot, balances } = await chain.readBalances();
  const history = await chain.readWalletSignatures();
  const signatures = history.filter((one) => one.slot <= slot).map(({ signature }) => signature);
  const live = await ledger.readLive();
  const books = await ledger.readBooks(runId);
  if (!books) return undefined;

  const landed = new Map<string, readonly AssetDelta[]>();
  for (const signature of signatures) {
    if (books.booked.has(signature) || !live.signatures.has(signature)) continue;
    landed.set(signature, (await chain.readTransaction(signature))?.deltas ?? []);
  }
  return reconcile({ slot, balances, signatures }, books, { landed, unsigned: live.unsigned });
}
