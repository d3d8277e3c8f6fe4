import { FailedTransactionMetadata, type LiteSVM } from 'litesvm';
import { CPMM_PROGRAM, isPoolState, withFeeCounters } from './cpmm/pool-layout.ts';
import { rewriteSwaps, SWAP_UNITS, type Rewrite } from './cpmm/rewrite-swaps.ts';
import type { SwapPlan } from './cpmm/swap.ts';
import type { Account } from './state/account.ts';
import type { Accounts } from './state/accounts.ts';
import { withDelegate } from './token/token-layout.ts';
import { encodeMessage } from './transaction/encode.ts';
import { feeOf, readComputeBudget } from './transaction/fees.ts';
import type { Message, Transaction } from './transaction/message.ts';
import { resolveKeys, type ResolvedKeys } from './transaction/resolve-keys.ts';
import { readTransactionError, type TransactionError } from './transaction/transaction-error.ts';

type LiteTransaction = Parameters<LiteSVM['sendTransaction']>[0];

export type Execution = {
  /** False: it never entered a block and paid nothing. */
  readonly landed: boolean;
  readonly err: TransactionError | null;
  readonly fee: bigint;
  readonly units: bigint;
  readonly logs: readonly string[];
  readonly keys: ResolvedKeys;
  /** Every account of the transaction as it was before. */
  readonly before: ReadonlyMap<string, Account | undefined>;
};

export type ExecuteOptions = { readonly unixSeconds: number; readonly forceFailure?: boolean };

export type Bank = ReturnType<typeof createBank>;

/** Runs transactions in LiteSVM, swaps as transfers unless the real program was supplied. */
export function createBank(svm: LiteSVM, accounts: Accounts, realPrograms: ReadonlySet<string>) {
  const putBack = (before: Execution['before']): void => {
    for (const [address, account] of before) accounts.restore(address, account);
  };

  const run = (transaction: Transaction, message: Message) => {
    const { messageBytes, signatures } = transaction;
    const bytes = message === transaction.message ? messageBytes : encodeMessage(message);
    // The original signatures stay in place although an exchanged message does not match them:
    // they were verified before, and LiteSVM's own check is off.
    const signed = Object.fromEntries(signatures.map((s, i) => [message.staticKeys[i] ?? '', s]));
    try {
      return svm.sendTransaction({
        messageBytes: bytes,
        signatures: signed,
      } as unknown as LiteTransaction); // Kit's brands; `decodeTransaction` checked the shape.
    } catch {
      return undefined; // It does not even sanitize: a client's bytes must not end the process.
    }
  };

  const execute = (transaction: Transaction, options: ExecuteOptions): Execution => {
    const { message } = transaction;
    const fee = feeOf(message);
    const keys = resolveKeys(message, accounts.read);
    if (typeof keys === 'string' || !('all' in keys)) return rejected(message, keys);
    const before = new Map(keys.all.map((key) => [key, accounts.read(key)]));
    const rewrite: Rewrite = realPrograms.has(CPMM_PROGRAM)
      ? { message, originalIndex: [], swaps: [], refusal: undefined }
      : rewriteSwaps(message, {
          read: accounts.read,
          keys,
          unitsMax: readComputeBudget(message).unitsMax,
          unixSeconds: options.unixSeconds,
          forceFailure: options.forceFailure ?? false,
        });

    allowVaults(accounts, rewrite.swaps);
    const outcome = run(transaction, rewrite.message);
    if (!outcome) {
      putBack(before);
      return rejected(message, 'SanitizeFailure');
    }
    const failed = outcome instanceof FailedTransactionMetadata;
    const meta = failed ? outcome.meta() : outcome;
    const units = meta.computeUnitsConsumed() + SWAP_UNITS * BigInt(rewrite.swaps.length);
    const facts = { fee, units, logs: meta.logs(), keys, before };
    const payer = keys.all[0] ?? '';
    const payerBefore = before.get(payer);

    if (failed) {
      const payerAfter = accounts.read(payer);
      putBack(before); // Clears the delegates, too.
      if (payerAfter && payerAfter.lamports !== payerBefore?.lamports) {
        accounts.restore(payer, payerAfter);
        return { ...facts, landed: true, err: inOriginal(readTransactionError(outcome), rewrite) };
      }
      return { ...facts, landed: false, err: readTransactionError(outcome) };
    }
    if (rewrite.refusal && payerBefore) {
      // All before it went through, so it fails in its own place: only the fee is paid.
      putBack(before);
      accounts.restore(payer, { ...payerBefore, lamports: payerBefore.lamports - fee });
      const { index, fault } = rewrite.refusal;
      return { ...facts, landed: true, err: { InstructionError: [index, fault] } };
    }
    for (const { refs, after } of rewrite.swaps) {
      const pool = refs.pool.key;
      const state = accounts.read(pool);
      if (isPoolState(state)) accounts.restore(pool, withFeeCounters(state, after));
    }
    return { ...facts, landed: true, err: null };
  };

  return { execute, putBack };
}

function rejected(message: Message, err: TransactionError): Execution {
  const keys: ResolvedKeys = {
    all: message.staticKeys,
    loaded: { writable: [], readonly: [] },
    isWritable: () => false,
  };
  return { landed: false, err, fee: 0n, units: 0n, logs: [], keys, before: new Map() };
}

/** Each vault may be drawn on for exactly what its swaps pay; spent, the allowance is gone. */
function allowVaults(accounts: Accounts, swaps: readonly SwapPlan[]): void {
  const allowed = new Map<string, bigint>();
  for (const { refs, amountOut } of swaps) {
    const { vaultOut, user } = refs;
    const vault = accounts.read(vaultOut.key);
    if (!vault) continue;
    const amount = (allowed.get(vaultOut.key) ?? 0n) + amountOut;
    allowed.set(vaultOut.key, amount);
    accounts.restore(vaultOut.key, withDelegate(vault, user.key, amount));
  }
}

/** An error's instruction index as the sender counts: one swap was two transfers. */
function inOriginal(err: TransactionError, { originalIndex }: Rewrite): TransactionError {
  if (typeof err === 'string' || !('InstructionError' in err)) return err;
  const [index, fault] = err.InstructionError;
  return { InstructionError: [originalIndex[index] ?? index, fault] };
}
