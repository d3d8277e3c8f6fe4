import { OvermindError } from '../domain/shared/errors.ts';
import { createControl, type Control, type LeaseClock } from './control.ts';
import type { Journal } from './journal.ts';
import { LEASE_MS } from './keep-lease.ts';

export type TakenEpoch = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly stopId: string | undefined;
  readonly reason: string | undefined;
};

export type TakeOverDeps = {
  readonly wallet: string;
  readonly holder: string;
  readonly journal: Journal;
  readonly ledger: {
    takeEpoch(take: {
      readonly wallet: string;
      readonly holder: string;
      readonly leaseMs: number;
      readonly executorEpochMin: number;
      readonly haltEpochMin: number;
      readonly halt: { readonly stopId: string; readonly reason: string } | undefined;
    }): Promise<TakenEpoch>;
  };
  readonly clock: () => LeaseClock;
  readonly dropUnsent: () => void;
};

/**
 * A new executor epoch and its lease: from their commit on nobody executes an older permit. A halt
 * that either the journal or Postgres knows goes on, in both.
 */
export async function takeOver(deps: TakeOverDeps): Promise<Control> {
  const { wallet, holder, journal, ledger, clock, dropUnsent } = deps;
  const { index } = journal;
  const { lastHalt } = index;
  const sentAt = clock();
  const taken = await ledger.takeEpoch({
    wallet,
    holder,
    leaseMs: LEASE_MS,
    executorEpochMin: index.executorEpoch,
    haltEpochMin: index.haltEpoch,
    halt: lastHalt && { stopId: lastHalt.stopId, reason: 'latched in the journal' },
  });
  const { executorEpoch, haltEpoch } = taken;
  journal.appendDurable({
    kind: 'epoch',
    executorEpoch,
    haltEpoch,
    lastValidHeight: 0,
    validUntilMs: 0,
    id: wallet,
    bytes: new Uint8Array(0),
  });
  const control = createControl({
    executorEpoch,
    haltEpoch,
    halted: lastHalt !== undefined,
    stopId: lastHalt?.stopId,
    journal,
    clock,
    dropUnsent,
  });
  // Stopped while no executor lived, or stopped anew: it is counted already, and latched here too.
  if (taken.halted && (!lastHalt || haltEpoch > lastHalt.haltEpoch)) {
    const stopId = taken.stopId ?? `postgres-${haltEpoch}`;
    control.halt({ stopId, reason: taken.reason ?? 'latched in Postgres', haltEpoch });
  }
  control.extendLease(sentAt, LEASE_MS);
  return control;
}

/** What an executor ends with when another one has taken the next epoch. */
export function superseded(operation: string): OvermindError {
  const fault = 'a newer executor has taken over';
  return new OvermindError('ledger/conflict', { operation, fault });
}
