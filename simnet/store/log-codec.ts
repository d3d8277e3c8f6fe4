import type { Wire } from '../../domain/shared/wire.ts';
import type { PaperPool } from '../cpmm/paper-pool.ts';
import type { SlotWrite } from '../slot-write.ts';
import type { LogEntry, Pending } from '../state/chain-state.ts';
import { decodeTransaction } from '../transaction/decode.ts';

/** Transactions travel as their wire bytes in base64; everything else follows from them. */
export type PendingWire = Omit<Pending, 'transactions'> & { readonly wires: readonly string[] };

type EntryWire =
  | ({ readonly kind: 'accepted' } & PendingWire)
  | (Omit<Extract<LogEntry, { kind: 'slot' }>, 'write'> & { readonly write?: Wire<SlotWrite> });

export function encodeEntry(entry: LogEntry): string {
  return JSON.stringify(entryToWire(entry));
}

export function decodeEntry(text: string): LogEntry {
  const wire = JSON.parse(text) as EntryWire; // Its frame's hash says that we wrote it.
  if (wire.kind === 'accepted') {
    const { kind, ...pending } = wire;
    return { kind, ...pendingFromWire(pending) };
  }
  const { write, ...slot } = wire;
  return write ? { ...slot, write: writeFromWire(write) } : slot;
}

function entryToWire(entry: LogEntry): EntryWire {
  if (entry.kind === 'accepted') return { kind: 'accepted', ...pendingToWire(entry) };
  const { write, ...slot } = entry;
  return write ? { ...slot, write: writeToWire(write) } : slot;
}

export function pendingToWire({ transactions, ...pending }: Pending): PendingWire {
  const wires = transactions.map(({ wire }) => Buffer.from(wire).toString('base64'));
  return { ...pending, wires };
}

export function pendingFromWire({ wires, ...pending }: PendingWire): Pending {
  const transactions = wires.map((wire) => decodeTransaction(Buffer.from(wire, 'base64')));
  return { ...pending, transactions };
}

function writeToWire(write: SlotWrite): Wire<SlotWrite> {
  switch (write.kind) {
    case 'airdrop':
      return { ...write, lamports: String(write.lamports) };
    case 'token-balance':
      return { ...write, amount: String(write.amount) };
    case 'pools':
      return { kind: 'pools', pools: write.pools.map(poolToWire) };
  }
}

function writeFromWire(write: Wire<SlotWrite>): SlotWrite {
  switch (write.kind) {
    case 'airdrop':
      return { ...write, lamports: BigInt(write.lamports) };
    case 'token-balance':
      // JSON leaves out what is undefined.
      return { ...write, amount: BigInt(write.amount), decimals: write.decimals };
    case 'pools':
      return { kind: 'pools', pools: write.pools.map(poolFromWire) };
  }
}

const poolToWire = (pool: PaperPool): Wire<PaperPool> => ({
  ...pool,
  reserve0: String(pool.reserve0),
  reserve1: String(pool.reserve1),
});

const poolFromWire = (pool: Wire<PaperPool>): PaperPool => ({
  ...pool,
  decimals0: pool.decimals0,
  decimals1: pool.decimals1,
  reserve0: BigInt(pool.reserve0),
  reserve1: BigInt(pool.reserve1),
});
