import type { LiteSVM } from 'litesvm';
import { SYSTEM_PROGRAM } from '../addresses.ts';
import type { Account } from './account.ts';

/** Kit brands its addresses; every address here was decoded from 32 bytes before. */
type Address = Parameters<LiteSVM['getAccount']>[0];
type EncodedAccount = Parameters<LiteSVM['setAccount']>[0];

/** Slots whose earlier account states are kept: finality is 32 deep. */
const SLOTS_KEPT = 40;

export type Accounts = ReturnType<typeof createAccounts>;

type States = readonly (readonly [address: string, account: Account | undefined])[];

/** Every account that was ever written, and what the last slots' reads at a commitment need. */
export type AccountsDump = {
  readonly accounts: States;
  readonly undo: readonly (readonly [slot: number, before: States])[];
};

/**
 * Accounts as of now and of the last slots. For each slot the state *before* its first write is
 * kept, so that a read at `confirmed` or `finalized` undoes what came later.
 */
export function createAccounts(svm: LiteSVM) {
  const undo = new Map<number, Map<string, Account | undefined>>();
  const written = new Set<string>();
  let slot = 0;

  const read = (address: string): Account | undefined => {
    const found = svm.getAccount(address as Address);
    if (!found.exists) return undefined;
    const { lamports, data, programAddress, executable } = found;
    return { lamports, data, owner: programAddress, executable };
  };

  /** Writes past the history: only for undoing what was not to be. */
  const restore = (address: string, account: Account | undefined): void => {
    // LiteSVM deletes an account that is set to 0 lamports.
    const { lamports, data, owner, executable } = account ?? {
      lamports: 0n,
      data: new Uint8Array(),
      owner: SYSTEM_PROGRAM,
      executable: false,
    };
    svm.setAccount({
      address: address as Address,
      lamports: lamports as EncodedAccount['lamports'],
      programAddress: owner as Address,
      executable,
      data,
      space: BigInt(data.length),
    });
  };

  const remember = (address: string, before: Account | undefined): void => {
    const changed = undo.get(slot);
    if (changed && !changed.has(address)) changed.set(address, before);
    written.add(address);
  };

  return {
    read,
    restore,
    remember,
    beginSlot(next: number): void {
      slot = next;
      undo.set(next, new Map());
      undo.delete(next - SLOTS_KEPT);
    },
    /** As if `orphan`, the slot before this one, had been empty; subscribers of this slot hear of it. */
    undoSlot(orphan: number): void {
      for (const [address, before] of undo.get(orphan) ?? []) {
        remember(address, before);
        restore(address, before);
      }
      undo.set(orphan, new Map());
    },
    dump: (): AccountsDump => ({
      accounts: [...written].flatMap((address) => {
        const account = read(address);
        return account ? [[address, account] as const] : [];
      }),
      undo: [...undo].map(([at, before]) => [at, [...before]]),
    }),
    load(dump: AccountsDump): void {
      for (const [address, account] of dump.accounts) {
        written.add(address);
        restore(address, account);
      }
      for (const [at, before] of dump.undo) {
        undo.set(at, new Map(before));
        slot = Math.max(slot, at);
      }
    },
    write(address: string, account: Account): void {
      remember(address, read(address));
      restore(address, account);
    },
    /** State at the end of `at`; slots older than the history answer as its oldest one. */
    readAt(address: string, at: number): Account | undefined {
      for (let later = at + 1; later <= slot; later += 1) {
        const changed = undo.get(later);
        if (changed?.has(address)) return changed.get(address);
      }
      return read(address);
    },
    hasChangedIn: (address: string, at: number): boolean => undo.get(at)?.has(address) ?? false,
    /** Every address a program owns now or owned within the history. */
    addressesOf(program: string): readonly string[] {
      const addresses = new Set<string>();
      for (const { address } of svm.getProgramAccounts(program as Address)) addresses.add(address);
      for (const changed of undo.values()) {
        for (const [address, before] of changed)
          if (before?.owner === program) addresses.add(address);
      }
      return [...addresses];
    },
  };
}
