import { Clock, LiteSVM } from 'litesvm';
import { createBank, type Execution } from './bank.ts';
import { fundGenesis, fundTipAccounts } from './faucet.ts';
import { createLanding } from './landing.ts';
import { applyWrite, type SlotWrite } from './slot-write.ts';
import { createAccounts, type Accounts } from './state/accounts.ts';
import { createBlocks } from './state/blocks.ts';
import { createBundles } from './state/bundles.ts';
import type { ChainState, LogEntry, Pending, SlotEntry } from './state/chain-state.ts';
import { createHistory } from './state/history.ts';
import type { Transaction } from './transaction/message.ts';

/** Deeper than finality. */
const SLOTS_BEFORE_START = 64;
const SLOTS_PER_EPOCH = 432_000;
/** A bundle's transactions count one by one. More waiting than this are refused, not queued. */
const PENDING_MAX = 20_000;

export type ChainOptions = {
  readonly nowMs: () => number;
  /** Program id → its binary. */
  readonly programs: ReadonlyMap<string, Uint8Array>;
  /** Told of everything before it takes effect: replayed over `from`, it leads to the same chain. */
  readonly record?: (entry: LogEntry) => void;
  /** Where an earlier life left off; what landed in it is loaded into `history` apart. */
  readonly from?: ChainState;
};

export type Chain = ReturnType<typeof createChain>;

/** A step of the current slot, in case the slot is orphaned and has to be run again. */
type Step = { readonly entry: Pending } | { readonly write: SlotWrite };

/** Slots, accounts and transactions. Nothing here waits: whoever calls `openSlot` drives it. */
export function createChain({ nowMs, programs, record, from }: ChainOptions) {
  const svm = startLiteSvm(programs);
  const accounts = createAccounts(svm);
  if (from) loadAccounts(accounts, from);
  const blocks = createBlocks(Number(svm.getClock().slot), from?.blocks);
  const history = createHistory(accounts.read);
  const bundles = createBundles(from?.bundles);
  const bank = createBank(svm, accounts, new Set(programs.keys()));
  const landing = createLanding({ accounts, blocks, history, bank, digest: from?.digest ?? '' });
  const slotListeners: ((slot: number) => void)[] = [];
  let pending: Pending[] = [...(from?.pending ?? [])];
  let dropped = from?.dropped ?? 0;
  let steps: Step[] = [];

  const run = (entry: Pending, slot: number): void => {
    const ids = idsOf(entry.transactions);
    const before = ids.flatMap((id) => history.find(id)?.slot ?? []);
    const expired = entry.transactions.some(({ message }) => !blocks.isAlive(message.blockhash));
    const { landed, stoppedBy } = landing.run(entry);
    if (landed) steps.push({ entry });
    else dropped += 1;
    if (!entry.bundle) return;
    // By another road, or as another copy: all of it together is as good as landed.
    const together = before.length === ids.length && new Set(before).size === 1;
    if (landed || together) bundles.end(ids, { slot: before[0] ?? slot });
    else if (before.length > 0) bundles.end(ids, { kind: 'partly-landed' });
    else if (expired) bundles.end(ids, { kind: 'expired' });
    else bundles.end(ids, { kind: 'simulation-failed', signature: stoppedBy ?? ids[0] ?? '' });
  };

  const write = (value: SlotWrite): void => {
    applyWrite(accounts, value);
    steps.push({ write: value });
  };

  const willBeOrphaned = (): boolean =>
    steps.some((step) => 'entry' in step && step.entry.fork !== undefined);

  /** The slot before this one is gone, as if another fork had won. The rest of it runs again here. */
  const rerunOrphan = (slot: number, orphaned: readonly Step[]): void => {
    for (const step of orphaned) {
      if ('entry' in step) for (const { id } of step.entry.transactions) history.forget(id);
    }
    accounts.undoSlot(slot - 1);
    for (const step of orphaned) {
      if ('write' in step) {
        write(step.write);
        continue;
      }
      const { fork, ...entry } = step.entry;
      if (!fork) {
        run(entry, slot);
      } else if (fork.againAfterSlots === undefined) {
        dropped += 1;
        if (entry.bundle) bundles.end(idsOf(entry.transactions), { kind: 'orphaned' });
      } else {
        pending.push({ ...entry, dueSlot: slot + fork.againAfterSlots });
        if (entry.bundle) bundles.add(idsOf(entry.transactions), entry.bundle !== 'told');
      }
    }
  };

  const apply = ({ unixSeconds, blockhash, write: written }: SlotEntry): number => {
    const orphaned = willBeOrphaned() ? steps : [];
    if (orphaned.length > 0) blocks.orphanCurrent();
    steps = [];
    const { slot } = blocks.open(unixSeconds, blockhash);
    accounts.beginSlot(slot);
    setClock(svm, slot, unixSeconds);
    if (orphaned.length > 0) rerunOrphan(slot, orphaned);
    const due = pending.filter(({ dueSlot }) => dueSlot <= slot);
    pending = pending.filter(({ dueSlot }) => dueSlot > slot);
    for (const entry of due) run(entry, slot);
    if (written) write(written);
    return slot;
  };

  /** A new slot: what is pending runs first, then `written`, then subscribers hear of all of it. */
  const openSlot = (written?: SlotWrite): number => {
    const entry: SlotEntry = {
      kind: 'slot',
      slot: blocks.slot() + 1,
      // Never back, whatever the host's clock does.
      unixSeconds: Math.max(Math.floor(nowMs() / 1_000), blocks.latestSeconds()),
      blockhash: blocks.drawBlockhash(),
      digest: landing.digest(),
      ...(written ? { write: written } : {}),
    };
    record?.(entry);
    const slot = apply(entry);
    for (const listener of slotListeners) listener(slot);
    return slot;
  };

  const push = (entry: Pending): void => {
    pending.push(entry);
    if (entry.bundle) bundles.add(idsOf(entry.transactions), entry.bundle !== 'told');
  };

  /** Not recorded: whoever records begins with the state that this leads to. */
  const begin = (): void => {
    const genesis = { kind: 'slot', unixSeconds: Math.floor(nowMs() / 1_000), digest: '' } as const;
    for (let i = 0; i <= SLOTS_BEFORE_START; i += 1) {
      apply({ ...genesis, slot: blocks.slot() + 1, blockhash: blocks.drawBlockhash() });
      if (i === 0) fundGenesis(accounts);
    }
  };

  if (from) setClock(svm, blocks.slot(), blocks.latestSeconds());
  else begin();

  return {
    accounts,
    blocks,
    bundles,
    history,
    openSlot,
    rentFor: (bytes: number): bigint => svm.minimumBalanceForRentExemption(BigInt(bytes)),
    onSlot: (listener: (slot: number) => void): void => void slotListeners.push(listener),
    /** False: too much is waiting. */
    enqueue(entry: Pending): boolean {
      if (pending.length >= PENDING_MAX) return false;
      record?.({ kind: 'accepted', ...entry });
      push(entry);
      return true;
    },
    /** A bundle that was accepted and will never run. */
    loseBundle(transactions: readonly Transaction[], why: 'dropped' | 'expired'): void {
      bundles.add(idsOf(transactions), false);
      bundles.end(idsOf(transactions), { kind: why });
    },
    /** Repeats what an earlier life recorded. Says what does not fit, if anything. */
    replay(entry: LogEntry): string | undefined {
      if (entry.kind === 'accepted') {
        push(entry);
        return undefined;
      }
      if (entry.slot !== blocks.slot() + 1) return `slot ${entry.slot} after ${blocks.slot()}`;
      if (entry.digest !== landing.digest()) return `other outcomes before slot ${entry.slot}`;
      apply(entry);
      return undefined;
    },
    /** Undefined while the current slot may still be orphaned: what landed is not settled. */
    state(): ChainState | undefined {
      if (willBeOrphaned()) return undefined;
      const digest = landing.digest();
      const { dump } = accounts;
      return {
        digest,
        dropped,
        blocks: blocks.recent(),
        pending,
        bundles: bundles.dump(),
        accounts: dump(),
      };
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

function loadAccounts(accounts: Accounts, { accounts: dump }: ChainState): void {
  accounts.load(dump);
  fundTipAccounts(accounts); // Before anything is replayed, so that each replay finds the same.
}

const idsOf = (transactions: readonly Transaction[]): readonly string[] =>
  transactions.map(({ id }) => id);

function setClock(svm: LiteSVM, slot: number, unixSeconds: number): void {
  const epoch = BigInt(Math.floor(slot / SLOTS_PER_EPOCH));
  svm.setClock(new Clock(BigInt(slot), 0n, epoch, epoch + 1n, BigInt(unixSeconds)));
}

function startLiteSvm(programs: ReadonlyMap<string, Uint8Array>): LiteSVM {
  // LiteSVM drops duplicates only while it checks signatures, and its history would not survive a
  // rolled-back bundle: signatures, blockhashes and duplicates are checked by `landing` instead.
  const svm = new LiteSVM()
    .withSigverify(false)
    .withBlockhashCheck(false)
    .withTransactionHistory(0n)
    .withNativeMints();
  for (const [id, binary] of programs) {
    svm.addProgram(id as Parameters<LiteSVM['addProgram']>[0], binary);
  }
  return svm;
}
