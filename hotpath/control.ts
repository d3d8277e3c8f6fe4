import type { Journal } from './journal.ts';

export type Halt = {
  readonly stopId: string;
  readonly reason: string;
  /** Where another store has counted this stop; without it, it is counted here. */
  readonly haltEpoch?: number;
};
/** Not fenced: an old stop that came late, after a resume had lifted it. */
export type Fenced = {
  readonly fenced: boolean;
  readonly haltEpoch: number;
  readonly stopId: string;
};

/** Halt latch, epochs and lease of this executor; read by the last look, changed on the same thread. */
export type Control = {
  /** 0 until one is taken: nothing can be executed before. */
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
  /** From the commit that made this executor the newest one. */
  takeEpoch(executorEpoch: number): void;
  /** Returns after the halt is on the disk. A stop that is known changes nothing. */
  halt(halt: Halt): Fenced;
  /** Whether it is this stop, and none after it, that halts now. */
  isHaltedBy(stopId: string): boolean;
  /** Lifts the halt, under the next epoch. Whoever calls has checked the operators' signatures. */
  resume(reason: string): void;
  /** A higher epoch was found in Postgres without a halt: permits carry it from now on. */
  adoptHaltEpoch(haltEpoch: number): void;
};

export type LeaseClock = { readonly wallMs: number; readonly monotonicMs: number };

export type ControlDeps = {
  readonly journal: Pick<Journal, 'appendDurable' | 'index'>;
  readonly clock: () => LeaseClock;
  /** Destroys what is not yet in the kernel and forgets every rebroadcast. */
  readonly dropUnsent: () => void;
};

/** What a journal record's id holds; a longer one is known by its beginning. */
const STOP_ID_LENGTH_MAX = 128;
const REASON_LENGTH_MAX = 1_000;
const NEVER: LeaseClock = { wallMs: -Infinity, monotonicMs: -Infinity };

/** Begins as the journal says: halted, where the last halt there was not resumed from. */
export function createControl({ journal, clock, dropUnsent }: ControlDeps): Control {
  const { index } = journal;
  let executorEpoch = 0;
  let haltEpoch = index.haltEpoch;
  let halted = index.lastHalt !== undefined;
  let stopId = index.lastHalt?.stopId;
  let leaseEnd: LeaseClock = NEVER;

  const record = (kind: 'halt' | 'resume', id: string, reason: string, epoch: number): void =>
    journal.appendDurable({
      kind,
      executorEpoch,
      haltEpoch: epoch,
      lastValidHeight: 0,
      validUntilMs: 0,
      id,
      bytes: Buffer.from(reason.slice(0, REASON_LENGTH_MAX), 'utf8'),
    });

  return {
    get executorEpoch() {
      return executorEpoch;
    },
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
    takeEpoch(epoch) {
      executorEpoch = epoch;
    },
    halt(halt) {
      const id = halt.stopId.slice(0, STOP_ID_LENGTH_MAX);
      if (index.knowsStop(id) && haltEpoch >= (halt.haltEpoch ?? 0)) {
        return { fenced: halted, haltEpoch, stopId: halt.stopId };
      }
      // Each new stop counts once, here or in the store that heard of it first.
      const next = Math.max(halt.haltEpoch ?? haltEpoch + 1, halted ? haltEpoch : haltEpoch + 1);
      // The flag first: should the disk fail, nothing more is signed all the same.
      halted = true;
      stopId = id;
      haltEpoch = next;
      dropUnsent();
      record('halt', id, halt.reason, next);
      return { fenced: true, haltEpoch, stopId: halt.stopId };
    },
    isHaltedBy: (id) => halted && stopId === id.slice(0, STOP_ID_LENGTH_MAX),
    resume(reason) {
      if (!halted || stopId === undefined) throw new Error('there is no halt to resume from');
      // The record first: should the disk fail, the halt goes on.
      record('resume', stopId, reason, haltEpoch + 1);
      haltEpoch += 1;
      halted = false;
      stopId = undefined;
    },
    adoptHaltEpoch(epoch) {
      haltEpoch = Math.max(haltEpoch, epoch);
    },
  };
}
