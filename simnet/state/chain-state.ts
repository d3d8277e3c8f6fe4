import type { SlotWrite } from '../slot-write.ts';
import type { Transaction } from '../transaction/message.ts';
import type { AccountsDump } from './accounts.ts';
import type { BlockFacts } from './blocks.ts';
import type { Bundle } from './bundles.ts';

/** Accepted, and not yet run. */
export type Pending = {
  readonly transactions: readonly Transaction[];
  /** All or none, as a block engine promises. */
  readonly atomic: boolean;
  readonly dueSlot: number;
  readonly forceFailure: boolean;
  /** Its slot is orphaned before it is confirmed; without a number it never lands again. */
  readonly fork?: { readonly againAfterSlots?: number };
  /** It came as a bundle; `reported-invalid` lies about it from then on. */
  readonly bundle?: 'told' | 'reported-invalid';
};

/** Everything that moves the chain: the same entries in the same order lead to the same state. */
export type LogEntry = ({ readonly kind: 'accepted' } & Pending) | SlotEntry;

export type SlotEntry = {
  readonly kind: 'slot';
  readonly slot: number;
  readonly unixSeconds: number;
  readonly blockhash: string;
  /** Of everything that landed before this slot: a replay that led elsewhere is found out. */
  readonly digest: string;
  readonly write?: SlotWrite;
};

/** The whole chain between two slots, but for what landed. */
export type ChainState = {
  readonly digest: string;
  readonly dropped: number;
  readonly blocks: readonly BlockFacts[];
  readonly pending: readonly Pending[];
  readonly bundles: readonly Bundle[];
  readonly accounts: AccountsDump;
};
