import type { Journal } from './journal.ts';

export type Halt = {
  readonly stopId: string;
  readonly reason: string;
  /** Where another store has counted this stop; without it, it is counted here. */
  readonly haltEpoch?: number;
};
export type Fenced = { readonly fenced: true; readonly haltEpoch: number; readonly stopId: string };

/** Halt latch, epochs and lease of this executor; read by the last look, changed on the same thread. */
export type Control = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  /** Of the latest halt. */
  readonly stopId: string | undefined;
  readonly leaseEndsInMs: number;
  leaseHolds(): boolean;
  /** Counted from when the request was sent, on both clocks. */
  extendLease(sentAt: LeaseClock, lifeMs: number): void;
  endLease(): void;
  /** Returns after the halt is on the disk. A stop that is known changes nothing. */
  halt(halt: Halt): Fenced;
  /** A higher epoch was found in Postgres without a halt: permits carry it from now on. */
  adoptHaltEpoch(haltEpoch: number): void;
};

export type LeaseClock = { readonly wallMs: number; readonly monotonicMs: number };

export type ControlDeps = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly stopId: string | undefined;
  readonly journal: Pick<Journal, 'appendDurable'>;
  readonly clock: () => LeaseClock;
  /** Destroys what is not yet in the kernel and forgets every rebroadcast. */
  readonly dropUnsent: () => void;
};

const NEVER: LeaseClock = { wallMs: -Infinity, monotonicMs: -Infinity };

export function createControl(deps: ControlDeps): Control {
  const { executorEpoch, journal, clock, dropUnsent } = deps;
  let { haltEpoch, halted, stopId } = deps;
  let leaseEnd: LeaseClock = NEVER;

  return {
    executorEpoch,
    get haltEpoch() {
      return haltEpoch;
    },
    get halted() {
      return halted;
    },
    get stopId() {
      return stopId;
    },
    get leaseEndsInMs() {
      const now = clock();
      return Math.max(
        0,
        Math.min(leaseEnd.monotonicMs - now.monotonicMs, leaseEnd.wallMs - now.wallMs),
      );
    },
    leaseHolds() {
      // The monotonic clock stops with a suspended machine; the wall clock can be set back.
      const now = clock();
      return now.monotonicMs < leaseEnd.monotonicMs && now.wallMs < leaseEnd.wallMs;
    },
    extendLease(sentAt, lifeMs) {
      leaseEnd = { wallMs: sentAt.wallMs + lifeMs, monotonicMs: sentAt.monotonicMs + lifeMs };
    },
    endLease() {
      leaseEnd = NEVER;
    },
    halt(halt) {
      const known = halted && stopId === halt.stopId;
      if (known && haltEpoch >= (halt.haltEpoch ?? 0)) {
        return { fenced: true, haltEpoch, stopId: halt.stopId };
      }
      // The flag first: should the disk fail, nothing more is signed all the same.
      halted = true;
      stopId = halt.stopId;
      haltEpoch = Math.max(haltEpoch, halt.haltEpoch ?? haltEpoch + 1);
      dropUnsent();
      journal.appendDurable({
        kind: 'halt',
        executorEpoch,
        haltEpoch,
        lastValidHeight: 0,
        validUntilMs: 0,
        id: halt.stopId.slice(0, 128),
        bytes: Buffer.from(halt.reason.slice(0, 1_000), 'utf8'),
      });
      return { fenced: true, haltEpoch, stopId: halt.stopId };
    },
    adoptHaltEpoch(epoch) {
      haltEpoch = Math.max(haltEpoch, epoch);
    },
  };
}
