import { readMintDecimals, readTokenAccount } from '../token/token-layout.ts';
import type { Execution } from '../bank.ts';
import type { Transaction } from '../transaction/message.ts';
import type { Account } from './account.ts';

export type TokenBalance = {
  readonly accountIndex: number;
  readonly mint: string;
  readonly owner: string;
  readonly programId: string;
  readonly amount: bigint;
  readonly decimals: number;
};

export type LandedTransaction = {
  readonly transaction: Transaction;
  /** Without the accounts of before, which would hold kilobytes for each transaction. */
  readonly execution: Omit<Execution, 'before'>;
  readonly slot: number;
  readonly unixSeconds: number;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokens: readonly TokenBalance[];
  readonly postTokens: readonly TokenBalance[];
};

/** Older ones are forgotten: about 250 MB, and at ten trades a second more than an hour. */
const TRANSACTIONS_MAX = 50_000;

export type History = ReturnType<typeof createHistory>;

/** Everything that landed, by signature and by account. */
export function createHistory(read: (address: string) => Account | undefined) {
  const bySignature = new Map<string, LandedTransaction>();
  const byAddress = new Map<string, LandedTransaction[]>();

  const forgetOldest = (): void => {
    const oldest = bySignature.values().next().value;
    if (!oldest) return;
    bySignature.delete(oldest.transaction.id);
    for (const key of oldest.execution.keys.all) byAddress.get(key)?.shift();
  };

  return {
    /** Takes the accounts' present state as the one after the transaction. */
    record(
      transaction: Transaction,
      execution: Execution,
      at: { readonly slot: number; readonly unixSeconds: number },
    ): LandedTransaction {
      const { before: states, ...kept } = execution;
      const { all } = execution.keys;
      const before = all.map((key) => states.get(key));
      const after = all.map(read);
      const landed: LandedTransaction = {
        transaction,
        execution: kept,
        ...at,
        preBalances: before.map((account) => account?.lamports ?? 0n),
        postBalances: after.map((account) => account?.lamports ?? 0n),
        preTokens: tokenBalances(before, read),
        postTokens: tokenBalances(after, read),
      };
      bySignature.set(transaction.id, landed);
      for (const key of all) {
        const list = byAddress.get(key);
        if (list) list.push(landed);
        else byAddress.set(key, [landed]);
      }
      if (bySignature.size > TRANSACTIONS_MAX) forgetOldest();
      return landed;
    },
    forget(signature: string): void {
      const landed = bySignature.get(signature);
      if (!landed) return;
      bySignature.delete(signature);
      for (const key of landed.execution.keys.all) {
        const list = byAddress.get(key);
        list?.splice(list.lastIndexOf(landed), 1);
      }
    },
    find: (signature: string) => bySignature.get(signature),
    /** Oldest first. */
    of: (address: string): readonly LandedTransaction[] => byAddress.get(address) ?? [],
    count: () => bySignature.size,
  };
}

function tokenBalances(
  states: readonly (Account | undefined)[],
  read: (address: string) => Account | undefined,
): readonly TokenBalance[] {
  return states.flatMap((state, accountIndex) => {
    const token = readTokenAccount(state);
    if (!token || !state) return [];
    const decimals = readMintDecimals(read(token.mint)) ?? 0;
    return [{ accountIndex, ...token, programId: state.owner, decimals }];
  });
}
