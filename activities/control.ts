import { unfenced, type ExecutorLease } from '../domain/control/fencing.ts';
import { flatFaults } from '../domain/control/flat.ts';
import type { HaltView } from '../domain/control/halt-view.ts';
import type { ChainReader } from '../domain/settlement/chain-reader.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import { asActivityFailure } from './activity-failure.ts';

export type StopOrder = { readonly stopId: string; readonly reason: string };

/** The executor has it on its disk; not fenced: a resume had lifted this stop before. */
export type Acknowledged = { readonly fenced: boolean; readonly haltEpoch: number };

export type ControlDeps = {
  readonly executor: { stop(order: StopOrder): Promise<Acknowledged> };
  readonly bus: {
    publishStop(order: StopOrder): Promise<void>;
    readFenced(stopId: string): Promise<Acknowledged | undefined>;
  };
  readonly ledger: {
    recordHalt(order: StopOrder): Promise<{ readonly haltEpoch: number; readonly halted: boolean }>;
    readLeases(): Promise<readonly ExecutorLease[]>;
    readHalt(stopId: string): Promise<HaltView>;
    readOpenTrades(): Promise<readonly string[]>;
    recordFlatten(haltEpoch: number): Promise<boolean>;
    readFlatBooks(): Promise<
      | { readonly baseline: ReadonlyMap<string, bigint>; readonly lastSettledSlot: number }
      | undefined
    >;
  };
  readonly chain: Pick<ChainReader, 'readBalances'>;
  /** What positions are held in. */
  readonly baseMints: readonly string[];
  /** Wall time. A workflow's own clock stands still between its tasks. */
  readonly nowMs: () => number;
};

/** How far one try at all roads has got. */
export type Fencing = {
  readonly atMs: number;
  readonly fenced: boolean;
  readonly haltEpoch?: number;
  readonly roads: {
    readonly executor: string;
    readonly postgres: string;
    readonly bus: string;
  };
};

/** What the ledger said, and when. */
export type HaltLook = HaltView & { readonly atMs: number };

/** What the chain says against FLAT; nothing: it is proven. */
export type FlatProof = { readonly faults: readonly string[]; readonly atMs: number };

type RoadEnd = { readonly fenced: boolean; readonly haltEpoch?: number; readonly said: string };

export type ControlActivities = ReturnType<typeof createControlActivities>;

export function createControlActivities(deps: ControlDeps) {
  const { ledger } = deps;
  return {
    /** One try by every road at once. Safe to repeat: a stop that is known changes nothing. */
    async fence(order: StopOrder): Promise<Fencing> {
      const [executor, postgres, bus] = await Promise.all([
        walk(() => byExecutor(deps, order)),
        walk(() => byPostgres(deps, order)),
        walk(() => byBus(deps, order)),
      ]);
      const ends = [executor, postgres, bus];
      const epochs = ends.flatMap(({ haltEpoch }) => haltEpoch ?? []);
      return {
        atMs: deps.nowMs(),
        fenced: ends.some(({ fenced }) => fenced),
        ...(epochs.length === 0 ? {} : { haltEpoch: Math.max(...epochs) }),
        roads: { executor: executor.said, postgres: postgres.said, bus: bus.said },
      };
    },

    readHalt: (stopId: string): Promise<HaltLook> =>
      asActivity(async () => ({ ...(await ledger.readHalt(stopId)), atMs: deps.nowMs() })),

    /** Workflow ids. */
    readOpenTrades: (): Promise<readonly string[]> => asActivity(() => ledger.readOpenTrades()),

    /** False where the halt is another one by now. */
    beginFlatten: (haltEpoch: number): Promise<boolean> =>
      asActivity(() => ledger.recordFlatten(haltEpoch)),

    proveFlat: (stopId: string): Promise<FlatProof> =>
      asActivity(async () => ({
        faults: await faultsAgainstFlat(deps, stopId),
        atMs: deps.nowMs(),
      })),
  };
}

async function faultsAgainstFlat(deps: ControlDeps, stopId: string): Promise<readonly string[]> {
  const { ledger, chain, baseMints } = deps;
  // What is live and held first: a landing after these would show in the balances.
  const { live, open } = await ledger.readHalt(stopId);
  const books = await ledger.readFlatBooks();
  if (!books) return ['the run has no baseline yet'];
  const { balances, slot } = await chain.readBalances();
  const markets = open.map(({ market }) => market);
  return flatFaults({ ...books, open: markets, live: live.length, balances, slot, baseMints });
}

async function byExecutor({ executor }: ControlDeps, order: StopOrder): Promise<RoadEnd> {
  const { fenced, haltEpoch } = await executor.stop(order);
  return { fenced, haltEpoch, said: fenced ? 'acknowledged' : 'had been resumed from before' };
}

async function byPostgres({ ledger }: ControlDeps, order: StopOrder): Promise<RoadEnd> {
  const { haltEpoch, halted } = await ledger.recordHalt(order);
  if (!halted) return { fenced: false, haltEpoch, said: 'had been resumed from before' };
  const waitingFor = unfenced(await ledger.readLeases(), haltEpoch);
  if (waitingFor.length === 0)
    return { fenced: true, haltEpoch, said: 'latched, no lease is left' };
  return { fenced: false, haltEpoch, said: `latched, ${waitingFor.length} leases still run` };
}

async function byBus({ bus }: ControlDeps, order: StopOrder): Promise<RoadEnd> {
  const earlier = await bus.readFenced(order.stopId);
  if (!earlier) await bus.publishStop(order);
  const answer = earlier ?? (await bus.readFenced(order.stopId));
  if (!answer) return { fenced: false, said: 'ordered' };
  return { ...answer, said: answer.fenced ? 'acknowledged' : 'had been resumed from before' };
}

/** A road that fails says why; the others go on. */
async function walk(road: () => Promise<RoadEnd>): Promise<RoadEnd> {
  try {
    return await road();
  } catch (error) {
    if (!(error instanceof OvermindError)) throw error;
    return { fenced: false, said: `failed: ${error.code}` };
  }
}

async function asActivity<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asActivityFailure(error);
  }
}
