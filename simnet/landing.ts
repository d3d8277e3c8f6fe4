import { createHash } from 'node:crypto';
import type { Bank, Execution } from './bank.ts';
import type { Accounts } from './state/accounts.ts';
import type { Blocks } from './state/blocks.ts';
import type { Pending } from './state/chain-state.ts';
import type { History, LandedTransaction } from './state/history.ts';
import { readComputeBudget } from './transaction/fees.ts';
import type { Transaction } from './transaction/message.ts';

export type LandingDeps = {
  readonly accounts: Accounts;
  readonly blocks: Blocks;
  readonly history: History;
  readonly bank: Bank;
  /** Of everything that landed in an earlier life. */
  readonly digest: string;
};

type LandingOutcome = {
  /** Of what is not atomic: any part of it. */
  readonly landed: boolean;
  /** Of what is atomic: the transaction for which all of it was put back. */
  readonly stoppedBy?: string;
};

/** Runs what is due in the current slot and remembers what landed. */
export function createLanding({ accounts, blocks, history, bank, ...earlier }: LandingDeps) {
  let { digest } = earlier;

  const commit = (transaction: Transaction, execution: Execution): void => {
    const { slot, unixSeconds } = blocks.current();
    const { keys, before, err } = execution;
    keys.all.forEach((key, index) => {
      // A failed transaction changes its payer and nothing else.
      const touched = err === null ? keys.isWritable(index) : index === 0;
      if (touched) accounts.remember(key, before.get(key));
    });
    const landed = history.record(transaction, execution, { slot, unixSeconds });
    digest = digestOf(digest, landed);
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
    return execution.landed ? execution : undefined;
  };

  /** In order; at the first failure everything is put back and no signature is remembered. */
  const runAtomic = ({ transactions, forceFailure }: Pending): LandingOutcome => {
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
      return { landed: false, stoppedBy: transaction.id };
    }
    return { landed: true };
  };

  return {
    digest: () => digest,
    run(entry: Pending): LandingOutcome {
      if (entry.atomic) return runAtomic(entry);
      let landed = false;
      for (const transaction of entry.transactions) {
        const execution = runOne(transaction, entry.forceFailure);
        if (!execution) continue;
        commit(transaction, execution);
        landed = true;
      }
      return { landed };
    },
  };
}

/** Of outcomes and balances, so that a program or a formula that has changed is found out. */
function digestOf(before: string, landed: LandedTransaction): string {
  const { id, slot, execution, postBalances, postTokens } = landed;
  const { err, fee, units } = execution;
  const amounts = [fee, units, ...postBalances, ...postTokens.map(({ amount }) => amount)];
  const facts = JSON.stringify([before, id, slot, err, amounts.map(String)]);
  return createHash('sha256').update(facts).digest('hex');
}
