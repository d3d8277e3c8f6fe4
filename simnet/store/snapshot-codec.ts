import type { Account } from '../state/account.ts';
import type { BlockFacts } from '../state/blocks.ts';
import type { ChainState } from '../state/chain-state.ts';
import { pendingFromWire, pendingToWire, type PendingWire } from './log-codec.ts';

export type HistorySegment = {
  readonly number: number;
  /** Whole frames of it that belong to the snapshot; what follows is told again by the log. */
  readonly bytes: number;
  readonly count: number;
};

/** A chain as it was, and which of the history files belong to it. */
export type Snapshot = {
  readonly state: ChainState;
  /** Program id → SHA-256 of its binary. */
  readonly programs: Readonly<Record<string, string>>;
  readonly history: {
    /** How many transactions ever landed. */
    readonly total: number;
    readonly segments: readonly HistorySegment[];
  };
};

type AccountWire = readonly [lamports: string, owner: string, executable: boolean, data: string];
type StatesWire = readonly (readonly [address: string, account: AccountWire | null])[];

type SnapshotWire = Omit<Snapshot, 'state'> & {
  readonly state: Omit<ChainState, 'blocks' | 'pending' | 'accounts'> & {
    readonly blocks: readonly (readonly [
      slot: number,
      hash: string,
      s: number,
      fee: string | null,
    ])[];
    readonly pending: readonly PendingWire[];
    readonly accounts: StatesWire;
    readonly undo: readonly (readonly [slot: number, before: StatesWire])[];
  };
};

export function encodeSnapshot({ state, programs, history }: Snapshot): string {
  const { accounts, blocks, pending, ...rest } = state;
  const wire: SnapshotWire = {
    programs,
    history,
    state: {
      ...rest,
      blocks: blocks.map(blockToWire),
      pending: pending.map(pendingToWire),
      accounts: statesToWire(accounts.accounts),
      undo: accounts.undo.map(([slot, before]) => [slot, statesToWire(before)] as const),
    },
  };
  return JSON.stringify(wire);
}

export function decodeSnapshot(text: string): Snapshot {
  const wire = JSON.parse(text) as SnapshotWire; // Its frame's hash says that we wrote it.
  const { accounts, undo, blocks, pending, ...rest } = wire.state;
  return {
    programs: wire.programs,
    history: wire.history,
    state: {
      ...rest,
      blocks: blocks.map(blockFromWire),
      pending: pending.map(pendingFromWire),
      accounts: {
        accounts: statesFromWire(accounts),
        undo: undo.map(([slot, before]) => [slot, statesFromWire(before)] as const),
      },
    },
  };
}

type States = ChainState['accounts']['accounts'];
type BlockWire = SnapshotWire['state']['blocks'][number];

const statesToWire = (states: States): StatesWire =>
  states.map(([address, account]) => [address, account ? accountToWire(account) : null] as const);

const statesFromWire = (states: StatesWire): States =>
  states.map(([address, account]) => [address, account ? accountFromWire(account) : undefined]);

const accountToWire = ({ lamports, owner, executable, data }: Account): AccountWire => [
  String(lamports),
  owner,
  executable,
  Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'),
];

const accountFromWire = ([lamports, owner, executable, data]: AccountWire): Account => ({
  lamports: BigInt(lamports),
  owner,
  executable,
  data: Buffer.from(data, 'base64'),
});

const blockToWire = ({ slot, blockhash, unixSeconds, priorityFeeMin }: BlockFacts): BlockWire => [
  slot,
  blockhash,
  unixSeconds,
  priorityFeeMin === undefined ? null : String(priorityFeeMin),
];

const blockFromWire = ([slot, blockhash, unixSeconds, fee]: BlockWire): BlockFacts => ({
  slot,
  blockhash,
  unixSeconds,
  priorityFeeMin: fee === null ? undefined : BigInt(fee),
});
