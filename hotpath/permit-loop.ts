import type { PermitEntry } from './read-permit.ts';

export type PermitLoopDeps = {
  readonly readNew: () => Promise<readonly PermitEntry[]>;
  readonly readPending: (afterId: string) => Promise<readonly PermitEntry[]>;
  readonly leaseHolds: () => boolean;
  /**
   * Undefined where the entry can be sent now. Waiting is safe: nothing of it has been looked at,
   * so whatever changes meanwhile, a stop too, is seen by its last look.
   */
  readonly untilRoom: (entry: PermitEntry) => Promise<void> | undefined;
  readonly execute: (entry: PermitEntry, readNs: bigint) => void;
  readonly onFault: (error: unknown) => void;
  /** A read has not come back although it should have: its connection is to be made anew. */
  readonly onHang: () => void;
};

export type PermitLoop = { stop(): Promise<void> };

const LEASE_WAIT_MS = 20;
const FAULT_WAIT_MS = 50;
/** Well above the read's own block time; a command on a lost connection may never settle. */
const HANG_AFTER_MS = 2_500;

/** Reads only while the lease holds. Nothing is awaited while an entry is executed. */
export function runPermitLoop(deps: PermitLoopDeps): PermitLoop {
  let stopping = false;
  // A read whose answer was lost has made its entries pending under our name: they are read again.
  // Those that were executed are known by their permit id and only acknowledged.
  let catchUpFrom: string | undefined;

  const read = async (): Promise<readonly PermitEntry[]> => {
    if (catchUpFrom === undefined) return deps.readNew();
    const pending = await deps.readPending(catchUpFrom);
    catchUpFrom = pending.at(-1)?.entryId;
    return pending;
  };

  const turn = async (): Promise<void> => {
    if (!deps.leaseHolds()) {
      await pause(LEASE_WAIT_MS);
      return;
    }
    try {
      const entries = await withinLimit(read(), deps.onHang);
      // One time for the batch: what an entry waits for those before it counts as its own.
      const readNs = process.hrtime.bigint();
      for (const entry of entries) {
        const room = stopping ? undefined : deps.untilRoom(entry);
        if (room) await room;
        if (stopping) return; // Left pending: the next life reports them.
        deps.execute(entry, readNs);
      }
    } catch (error) {
      catchUpFrom = '0';
      deps.onFault(error);
      await pause(FAULT_WAIT_MS);
    }
  };

  const ended = (async () => {
    while (!stopping) await turn();
  })();
  return {
    async stop() {
      stopping = true;
      await ended;
    },
  };
}

function withinLimit<Value>(work: Promise<Value>, onHang: () => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    const hang = setTimeout(() => {
      onHang();
      reject(new Error('the read has not come back'));
    }, HANG_AFTER_MS);
    work.then(resolve, reject).finally(() => clearTimeout(hang));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
