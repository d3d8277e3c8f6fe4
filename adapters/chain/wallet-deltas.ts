import type { AssetDelta } from '../../domain/settlement/settlement.ts';
import type { TransactionAnswer } from './rpc-answers.ts';

type TokenBalances = TransactionAnswer['meta']['preTokenBalances'];

/** What a transaction moved for `wallet`, from the transaction's own balances. Zeros are left out. */
export function walletDeltas(
  { transaction, meta }: TransactionAnswer,
  wallet: string,
): readonly AssetDelta[] {
  const { accountKeys } = transaction.message;
  const keys = [
    ...accountKeys,
    ...(meta.loadedAddresses?.writable ?? []),
    ...(meta.loadedAddresses?.readonly ?? []),
  ];
  const index = keys.indexOf(wallet);
  const native = BigInt(meta.postBalances[index] ?? 0) - BigInt(meta.preBalances[index] ?? 0);
  const byMint = new Map<string, bigint>();
  // An account that was opened or closed is in one of the two lists only.
  const add = (balances: TokenBalances, sign: bigint): void => {
    for (const { mint, owner, uiTokenAmount } of balances ?? []) {
      if (owner !== wallet) continue;
      byMint.set(mint, (byMint.get(mint) ?? 0n) + sign * BigInt(uiTokenAmount.amount));
    }
  };
  add(meta.preTokenBalances, -1n);
  add(meta.postTokenBalances, 1n);
  const deltas = [
    { asset: 'SOL', amount: native },
    ...[...byMint].map(([asset, amount]) => ({ asset, amount })),
  ];
  return deltas.filter(({ amount }) => amount !== 0n);
}
