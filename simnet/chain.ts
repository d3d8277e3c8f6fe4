import { Clock, LiteSVM } from 'litesvm';
import { createBank, type Execution } from './bank.ts';
import { createAccounts } from './state/accounts.ts';
import { createBlocks } from './state/blocks.ts';
import { createHistory } from './state/history.ts';
import { readComputeBudget } from './transaction/fees.ts';
import type { Transaction } from './transaction/message.ts';

/** Deeper than finality. */
const SLOTS_BEFORE_START = 64;
const SLOTS_PER_EPOCH = 432_000;
/** A bundle's transactions count one by one. More waiting than this are refused, not queued. */
const PENDING_MAX = 20_000;

export type Pending = {
  readonly transactions: readonly Transaction[];
  /** All or none, as a block engine promises. */
  readonly atomic: boolean;
  readonly dueSlot: number;
  readonly forceFailure: boolean;
  readonly onEnd?: (landedSlot: number | undefined) => void;
};

export type ChainOptions = {
  readonly nowMs: () => number;
  /** Program id → file of its binary. */
  readonly programs: ReadonlyMap<string, string>;
};

export type Chain = ReturnType<typeof createChain>;

/** Slots, accounts and transactions. Nothing here waits: whoever calls `openSlot` drives it. */
export function createChain({ nowMs, programs }: ChainOptions) {
  // LiteSVM drops duplicates only while it checks signatures, and its history would not survive a
  // rolled-back bundle: signatures, blockhashes and duplicates are checked here instead.
  const svm = new LiteSVM()
    .withSigverify(false)
    .withBlockhashCheck(false)
    .withTransactionHistory(0n)
    .withNativeMints();
  for (const [id, file] of programs) {
    svm.addProgramFromFile(id as Parameters<LiteSVM['addProgramFromFile']>[0], file);
  }
  const accounts = createAccounts(svm);
  const blocks = createBlocks(Number(svm.getClock().slot));
  const history = createHistory(accounts.read);
  const bank = createBank(svm, accounts, new Set(programs.keys()));
  const slotListeners: ((slot: number) => void)[] = [];
  let pending: Pending[] = [];
  let dropped = 0;

  const commit = (transaction: Transaction, execution: Execution): void => {
    const { slot, unixSeconds } = blocks.current();
    const { keys, before, err } = execution;
    keys.all.forEach((key, index) => {
      // A failed transaction changes its payer and nothing else.
      const touched = err === null ? keys.isWritable(index) : index === 0;
      if (touched) accounts.remember(key, before.get(key));
    });
    history.record(transaction, execution, { slot, unixSeconds });
    const block = blocks.current();
    const { unitPrice } = readComputeBudget(transaction.message);
    if (block.priorityFeeMin === undefined || unitPrice < block.priorityFeeMin) {
      block.priorityFeeMin = unitPrice;
    }
  };

  const mayLand = ({ id, message }: Transaction): boolean =>
    blocks.isAlive(message.blockhash) && history.find(id) === undefined;

  const runOne = (transaction: Transaction, forceFailure: boolean): Execution | undefined => {
    if (!mayLand(transaction)) return undefined;
    const { unixSeconds } = blocks.current();
    const execution = bank.execute(transaction, { unixSeconds, forceFailure });
    if (!execution.landed) return undefined;
    return execution;
  };

  /** In order; at the first failure everything is put back and no signature is remembered. */
  const runAtomic = ({ transactions, forceFailure }: Pending): boolean => {
    const done: Execution[] = [];
    for (const [index, transaction] of transactions.entries()) {
      const execution = runOne(transaction, forceFailure);
      if (execution) done.push(execution);
      if (execution?.err === null) {
        commit(transaction, execution);
        continue;
      }
      for (const { before } of done.toReversed()) bank.putBack(before);
      for (const { id } of transactions.slice(0, index)) history.forget(id);
      return false;
    }
    return true;
  };

  const runPending = (slot: number): void => {
    const due = pending.filter(({ dueSlot }) => dueSlot <= slot);
    pending = pending.filter(({ dueSlot }) => dueSlot > slot);
    for (const entry of due) {
      let landed = false;
      if (entry.atomic) {
        landed = runAtomic(entry);
      } else {
        for (const transaction of entry.transactions) {
          const execution = runOne(transaction, entry.forceFailure);
          if (!execution) continue;
          commit(transaction, execution);
          landed = true;
        }
      }
      if (!landed) dropped += 1;
      entry.onEnd?.(landed ? slot : undefined);
    }
  };

  /** A new slot: what is pending runs first, then `write`, then subscribers hear of all of it. */
  const openSlot = (write?: () => void): number => {
    const unixSeconds = Math.floor(nowMs() / 1_000);
    const { slot } = blocks.open(unixSeconds);
    accounts.beginSlot(slot);
    const epoch = BigInt(Math.floor(slot / SLOTS_PER_EPOCH));
    svm.setClock(new Clock(BigInt(slot), 0n, epoch, epoch + 1n, BigInt(unixSeconds)));
    runPending(slot);
    write?.();
    for (const listener of slotListeners) listener(slot);
    return slot;
  };

  openSlot();

  return {
    accounts,
    blocks,
    history,
    openSlot,
    /** To be called before anything is served: what was written so far becomes finalized. */
    settleGenesis(): void {
      for (let i = 0; i < SLOTS_BEFORE_START; i += 1) openSlot();
    },
    rentFor: (bytes: number): bigint => svm.minimumBalanceForRentExemption(BigInt(bytes)),
    onSlot: (listener: (slot: number) => void): void => void slotListeners.push(listener),
    /** False: too much is waiting. */
    enqueue(entry: Pending): boolean {
      if (pending.length >= PENDING_MAX) return false;
      pending.push(entry);
      return true;
    },
    /** Runs a transaction and puts everything back; `look` sees the state it led to. */
    attempt<Seen>(transaction: Transaction, look: (execution: Execution) => Seen): Seen {
      const { unixSeconds } = blocks.current();
      const execution = bank.execute(transaction, { unixSeconds });
      try {
        return look(execution);
      } finally {
        bank.putBack(execution.before); // `look` may throw: a refusal must leave no trace, either.
      }
    },
    counts: () => ({ pending: pending.length, landed: history.count(), dropped }),
    slotsPerEpoch: SLOTS_PER_EPOCH,
  };
}
