import type { Control, LeaseClock } from './control.ts';

export type LeaseLedger = {
  renewLease(wallet: string, executorEpoch: number, leaseMs: number): Promise<boolean>;
  readControl(): Promise<{
    readonly haltEpoch: number;
    readonly halted: boolean;
    readonly stopId: string | undefined;
    readonly reason: string | undefined;
  }>;
  recordHalt(halt: {
    readonly stopId: string;
    readonly reason: string;
    readonly haltEpoch: number;
  }): Promise<unknown>;
  /** Whoever stops by Postgres alone learns by it that this executor signs nothing more. */
  acknowledgeHalt(fenced: {
    readonly wallet: string;
    readonly executorEpoch: number;
    readonly haltEpoch: number;
  }): Promise<void>;
};

export type KeepLeaseDeps = {
  readonly wallet: string;
  readonly ledger: LeaseLedger;
  readonly control: Control;
  readonly clock: () => LeaseClock;
  readonly superseded: () => void;
  readonly onHalt: (why: { readonly stopId: string; readonly haltEpoch: number }) => void;
  readonly onFault: (error: unknown) => void;
};

export type LeaseKeeper = {
  /** Postgres has told of a change: look at once. */
  lookAgain(): void;
  stop(): void;
};

export const LEASE_MS = 3_000;
const RENEW_EVERY_MS = 1_000;

/** Renews the lease and takes over halts that were latched in Postgres; either may fail alone. */
export function keepLease(deps: KeepLeaseDeps): LeaseKeeper {
  const { wallet, ledger, control, clock, onFault } = deps;

  const renew = async (): Promise<void> => {
    const sentAt = clock();
    if (await ledger.renewLease(wallet, control.executorEpoch, LEASE_MS)) {
      control.extendLease(sentAt, LEASE_MS);
    } else {
      control.endLease();
      deps.superseded();
    }
  };

  let acknowledgedEpoch = 0;

  const look = async (): Promise<void> => {
    const { haltEpoch: epochBefore, halted: haltedBefore } = control;
    const { halted, haltEpoch, stopId, reason } = await ledger.readControl();
    const isChanged = (): boolean =>
      control.haltEpoch !== epochBefore || control.halted !== haltedBefore;
    // A stop or a resume came here meanwhile: what was read may be from before it.
    if (isChanged()) return look();
    if (!halted) return followUnhalted(haltEpoch);
    // It was away when we halted, and is latched by an older stop: the higher epoch wins.
    if (control.halted && control.haltEpoch > haltEpoch) return recordOwnHalt();
    const why = { stopId: stopId ?? `postgres-${haltEpoch}`, haltEpoch };
    const fenced = control.halt({ ...why, reason: reason ?? 'latched in Postgres' });
    // It was restored to the time of a halt that we have resumed from. Nobody can tell what else
    // it has lost, so this is a halt of its own.
    if (!fenced.fenced) return haltBehind(haltEpoch);
    if (isChanged()) deps.onHalt(why);
    if (acknowledgedEpoch === control.haltEpoch) return;
    const { executorEpoch } = control;
    await ledger.acknowledgeHalt({ wallet, executorEpoch, haltEpoch: fenced.haltEpoch });
    acknowledgedEpoch = fenced.haltEpoch;
  };

  const haltBehind = (haltEpoch: number): Promise<void> => {
    const stopId = `postgres-behind/${control.haltEpoch + 1}`;
    const reason = `Postgres is halted at epoch ${haltEpoch}, which was resumed from: it was restored`;
    control.halt({ stopId, reason });
    deps.onHalt({ stopId, haltEpoch: control.haltEpoch });
    return recordOwnHalt();
  };

  const followUnhalted = async (haltEpoch: number): Promise<void> => {
    if (!control.halted) return control.adoptHaltEpoch(haltEpoch);
    // Our halt has not reached Postgres. At a higher epoch there it would have been lifted, which
    // needs a proof that this executor checks: until then its own latch stays.
    if (haltEpoch <= control.haltEpoch) await recordOwnHalt();
  };

  const recordOwnHalt = async (): Promise<void> => {
    const { haltEpoch, stopId = `executor-${haltEpoch}` } = control;
    await ledger.recordHalt({ stopId, reason: 'latched at the executor', haltEpoch });
  };

  const turn = (): void => {
    renew().catch(onFault);
    look().catch(onFault);
  };
  const timer = setInterval(turn, RENEW_EVERY_MS);
  return {
    lookAgain: () => void look().catch(onFault),
    stop: () => clearInterval(timer),
  };
}
