import { OvermindError } from '../domain/shared/errors.ts';
import type { Control, LeaseClock } from './control.ts';
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
  readonly control: Control;
  readonly clock: () => LeaseClock;
  /** Tries again while Postgres is away, for as long as it likes. */
  readonly persist: <Result>(work: () => Promise<Result>) => Promise<Result>;
};

/**
 * A new executor epoch and its lease: from their commit on nobody executes an older permit. A halt
 * that either the journal or Postgres knows goes on, in both. Without Postgres it waits, and what
 * the journal knows holds meanwhile.
 */
export async function takeOver(deps: TakeOverDeps): Promise<void> {
  const { wallet, holder, journal, ledger, control, clock } = deps;
  const { index } = journal;
  let sentAt = clock();
  const taken = await deps.persist(() => {
    sentAt = clock();
    const { lastHalt } = index; // Of this moment: a stop may have come while we waited.
    return ledger.takeEpoch({
      wallet,
      holder,
      leaseMs: LEASE_MS,
      executorEpochMin: index.executorEpoch,
      haltEpochMin: index.haltEpoch,
      halt: lastHalt && { stopId: lastHalt.stopId, reason: lastHalt.reason },
    });
  });
  const { executorEpoch, haltEpoch } = taken;
  journal.appendDurable({
    kind: 'epoch',
    executorEpoch,
    haltEpoch: Math.max(haltEpoch, control.haltEpoch),
    lastValidHeight: 0,
    validUntilMs: 0,
    id: wallet,
    bytes: new Uint8Array(0),
  });
  control.takeEpoch(executorEpoch);
  // Stopped while no executor lived, or stopped anew: it is counted already, and latched here too.
  if (taken.halted && (!control.halted || haltEpoch > control.haltEpoch)) {
    const stopId = taken.stopId ?? `postgres-${haltEpoch}`;
    control.halt({ stopId, reason: taken.reason ?? 'latched in Postgres', haltEpoch });
  }
  if (!control.halted) control.adoptHaltEpoch(haltEpoch);
  control.extendLease(sentAt, LEASE_MS);
}

/** What an executor ends with when another one has taken the next epoch. */
export function superseded(operation: string): OvermindError {
  const fault = 'a newer executor has taken over';
  return new OvermindError('ledger/conflict', { operation, fault });
}
