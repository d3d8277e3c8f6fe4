import { readMintDecimals, readTokenAccount } from '../token/token-layout.ts';
import type { Execution } from '../bank.ts';
import { decodeTransaction } from '../transaction/decode.ts';
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
  /** The first signature, base58. */
  readonly id: string;
  readonly wire: Uint8Array;
  /** Without the accounts of before, which would hold kilobytes for each transaction. */
  readonly execution: Pick<Execution, 'err' | 'fee' | 'units' | 'logs'> & {
    readonly keys: Pick<Execution['keys'], 'all' | 'loaded'>;
  };
  readonly slot: number;
  readonly unixSeconds: number;
  readonly preBalances: readonly bigint[];
  readonly postBalances: readonly bigint[];
  readonly preTokens: readonly TokenBalance[];
  readonly postTokens: readonly TokenBalance[];
};

/** Older ones are forgotten: about 250 MB, and at ten trades a second more than an hour. */
export const TRANSACTIONS_MAX = 50_000;

export type History = ReturnType<typeof createHistory>;

/** Everything that landed, by signature and by account. */
export function createHistory(read: (address: string) => Account | undefined) {
  const bySignature = new Map<string, LandedTransaction>();
  const byAddress = new Map<string, LandedTransaction[]>();
  let total = 0;

  const forgetOldest = (): void => {
    const oldest = bySignature.values().next().value;
    if (!oldest) return;
    bySignature.delete(oldest.id);
    for (const key of oldest.execution.keys.all) byAddress.get(key)?.shift();
  };

  const add = (landed: LandedTransaction): void => {
    total += 1;
    bySignature.set(landed.id, landed);
    for (const key of landed.execution.keys.all) {
      const list = byAddress.get(key);
      if (list) list.push(landed);
      else byAddress.set(key, [landed]);
    }
    if (bySignature.size > TRANSACTIONS_MAX) forgetOldest();
  };

  return {
    /** Takes the accounts' present state as the one after the transaction. */
    record(
      transaction: Transaction,
      execution: Execution,
      at: { readonly slot: number; readonly unixSeconds: number },
    ): LandedTransaction {
      const { before: states, err, fee, units, logs } = execution;
      const { all, loaded } = execution.keys;
      const before = all.map((key) => states.get(key));
      const after = all.map(read);
      const landed: LandedTransaction = {
        id: transaction.id,
        wire: transaction.wire,
        execution: { err, fee, units, logs, keys: { all, loaded } },
        ...at,
        preBalances: before.map((account) => account?.lamports ?? 0n),
        postBalances: after.map((account) => account?.lamports ?? 0n),
        preTokens: tokenBalances(before, read),
        postTokens: tokenBalances(after, read),
      };
      add(landed);
      return landed;
    },
    forget(signature: string): void {
      const landed = bySignature.get(signature);
      if (!landed) return;
      total -= 1;
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
    /** How many ever landed, those included that are forgotten by now. */
    total: () => total,
    /** The last ones, oldest first. */
    newest: (count: number): readonly LandedTransaction[] =>
      count === 0 ? [] : [...bySignature.values()].slice(-count),
    load(kept: readonly LandedTransaction[], totalThen: number): void {
      for (const landed of kept) add(landed);
      total = totalThen;
    },
  };
}

/** Decoded when it is asked for: a restart reads tens of thousands that nobody asks for. */
export const transactionOf = ({ wire }: LandedTransaction): Transaction => decodeTransaction(wire);

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
