import type { AssetDelta } from './settlement.ts';

/** What the chain says of the wallet, all of it finalized and as of one slot. */
export type WalletView = {
  readonly slot: number;
  readonly balances: readonly AssetDelta[];
  /** Transactions up to that slot, those of earlier runs included. */
  readonly signatures: readonly string[];
};

export type LedgerEntry = AssetDelta & {
  readonly signature: string;
  /** Absent for housekeeping, whose transactions are not settled one by one. */
  readonly slot?: number;
};

export type LedgerView = {
  /** Balances when the run began. */
  readonly baseline: readonly AssetDelta[];
  /** Of this run. */
  readonly entries: readonly LedgerEntry[];
  /** Every signature that any run has booked. */
  readonly booked: ReadonlySet<string>;
};

/** What has landed for permits that are live: expected, and only not booked yet. */
export type LiveView = {
  /** By signature, from the transactions' own balances. */
  readonly landed: ReadonlyMap<string, readonly AssetDelta[]>;
  /** Live permits whose signature nobody knows. What looks like nobody's may be theirs. */
  readonly unsigned: number;
};

export type Difference =
  /** A transaction of the wallet that belongs to no permit and no housekeeping. */
  | { readonly kind: 'orphan'; readonly signature: string }
  /** Booked as landed by this slot, and the chain has no such transaction. */
  | { readonly kind: 'missing'; readonly signature: string }
  | { readonly kind: 'balance'; readonly asset: string; readonly by: bigint };

export type Reconciliation = {
  readonly slot: number;
  /** Balance less baseline. */
  readonly walletDelta: ReadonlyMap<string, bigint>;
  /** The run's entries up to the slot. */
  readonly settlementSum: ReadonlyMap<string, bigint>;
  readonly differences: readonly Difference[];
};

/** Ledger against chain, to the base unit, transaction by transaction and in sum. */
export function reconcile(wallet: WalletView, ledger: LedgerView, live: LiveView): Reconciliation {
  const onChain = new Set(wallet.signatures);
  const entries = ledger.entries.filter(({ signature }) => onChain.has(signature));
  const walletDelta = sumOf(wallet.balances);
  for (const { asset, amount } of ledger.baseline) add(walletDelta, asset, -amount);
  const settlementSum = sumOf(entries);

  const orphans = wallet.signatures.filter(
    (signature) => !ledger.booked.has(signature) && !live.landed.has(signature),
  );
  const missing = ledger.entries.filter(
    ({ signature, slot }) => slot !== undefined && slot <= wallet.slot && !onChain.has(signature),
  );
  const expected = new Map(settlementSum);
  for (const deltas of live.landed.values()) {
    for (const { asset, amount } of deltas) add(expected, asset, amount);
  }
  const assets = [...new Set([...walletDelta.keys(), ...expected.keys()])].toSorted();
  const differences: Difference[] = [
    ...orphans.map((signature): Difference => ({ kind: 'orphan', signature })),
    ...[...new Set(missing.map(({ signature }) => signature))].map((signature): Difference => ({
      kind: 'missing',
      signature,
    })),
    ...assets.flatMap((asset): Difference[] => {
      const by = (walletDelta.get(asset) ?? 0n) - (expected.get(asset) ?? 0n);
      return by === 0n ? [] : [{ kind: 'balance', asset, by }];
    }),
  ];
  // Nothing can be told apart while an orphan may be a live permit's own.
  const isOpen = live.unsigned > 0 && orphans.length > 0;
  return { slot: wallet.slot, walletDelta, settlementSum, differences: isOpen ? [] : differences };
}

/** The same fault at two slots has the same key, though the sum may have grown meanwhile. */
export function keyOfDifference(difference: Difference): string {
  return difference.kind === 'balance'
    ? `balance ${difference.asset}`
    : `${difference.kind} ${difference.signature}`;
}

function sumOf(deltas: readonly AssetDelta[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { asset, amount } of deltas) add(sums, asset, amount);
  return sums;
}

function add(to: Map<string, bigint>, asset: string, amount: bigint): void {
  to.set(asset, (to.get(asset) ?? 0n) + amount);
}
