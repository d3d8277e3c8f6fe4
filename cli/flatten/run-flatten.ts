import { randomUUID } from 'node:crypto';
import { connectBus } from '../../adapters/bus/connect.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { convertingOf } from '../../adapters/payloads/payload-codec.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import { unfenced } from '../../domain/control/fencing.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { connectTemporal } from '../../temporal/connection.ts';
import type { HaltFacts, HaltStage } from '../../temporal/halt-facts.ts';
import { createStopClient, type StopClient } from '../../workers/trading/stop-client.ts';
import { faultOf } from '../ask.ts';
import { requirePostgres, type System } from '../find-system.ts';
import { openRoads } from '../stop/open-roads.ts';
import { describeStop, runStop } from '../stop/run-stop.ts';

export type FlattenReport = {
  readonly fenced: boolean;
  readonly flat: boolean;
  /** From the call to the proof; null without one. */
  readonly flatMs: number | null;
  readonly haltEpoch: number | null;
  readonly stopId: string | null;
  readonly stage: HaltStage | null;
  /** What is still between us and FLAT. */
  readonly notFlat: readonly string[];
};

export type FlattenOrder = {
  readonly reason: string;
  readonly limitMs: number;
  readonly say: (text: string) => void;
};

const TRY_AGAIN_MS = 500;
const CONNECT_MS_MAX = 2_000;
const CONNECTIONS_MAX = 2;

/** What a flatten carries from step to step. */
type Flattening = FlattenOrder & {
  readonly system: System;
  readonly pool: LedgerPool;
  readonly isLate: () => boolean;
};

/** FENCED first, then the workflow closes what is held; it goes on, should this process end. */
export async function runFlatten(system: System, order: FlattenOrder): Promise<FlattenReport> {
  const startedMs = performance.now();
  const pool = createPool(requirePostgres(system), 'flatten', CONNECTIONS_MAX);
  const isLate = (): boolean => performance.now() - startedMs > order.limitMs;
  const flattening: Flattening = { ...order, system, pool, isLate };
  try {
    const halt = await fence(flattening);
    if (!halt) return nothingBut({ fenced: false });
    await untilThere(flattening, 'the bus', () => touchBus(system));
    const stops = await untilThere(flattening, 'Temporal', () => openStops(system));
    await untilThere(flattening, 'Temporal', () => stops.flatten({ ...order, ...halt }));
    const facts = await untilFlat(flattening, stops, halt.stopId);
    const flat = facts?.stage === 'flat';
    return {
      fenced: true,
      flat,
      flatMs: flat ? Math.round(performance.now() - startedMs) : null,
      haltEpoch: facts?.haltEpoch ?? null,
      stopId: halt.stopId,
      stage: facts?.stage ?? null,
      notFlat: facts?.notFlat ?? ['the workflow has not answered'],
    };
  } finally {
    void pool.end().catch(() => undefined); // The process ends with it.
  }
}

/** The halt to flatten: the one that holds, else a new stop. */
async function fence(flattening: Flattening): Promise<{ readonly stopId: string } | undefined> {
  const { system, pool, reason, say } = flattening;
  const { halted, haltEpoch, stopId, leases } = await untilThere(flattening, 'Postgres', () =>
    readControlState(pool),
  );
  if (halted && stopId !== undefined && unfenced(leases, haltEpoch).length === 0) {
    say(`halted already, epoch ${haltEpoch}`);
    return { stopId };
  }
  const order = { stopId: `cli-${randomUUID()}`, reason };
  const roads = openRoads(system);
  const report = await runStop(roads, order);
  for (const road of roads) road.close();
  say(describeStop(report));
  return report.fenced ? order : undefined;
}

/** Tries until it works; says once what it waits for. Throws what the last try met when it is late. */
async function untilThere<Result>(
  { isLate, say }: Flattening,
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let said = false; ; said = true) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof OvermindError && !error.retryable) throw error;
      if (isLate()) throw error;
      if (!said) say(`waiting for ${what}: ${faultOf(error)}`);
    }
    await pause();
  }
}

async function touchBus({ config }: System): Promise<void> {
  const { dragonfly } = config.addresses;
  if (dragonfly === undefined) throw noAddress('DRAGONFLY_URL');
  const { dragonfly: password } = config.passwords;
  (await connectBus(dragonfly, { name: 'flatten', password })).disconnect();
}

async function openStops({ config }: System): Promise<StopClient> {
  const { temporal } = config.addresses;
  if (temporal === undefined) throw noAddress('TEMPORAL_ADDRESS');
  const connection = await connectTemporal(temporal, CONNECT_MS_MAX);
  return createStopClient(connection, { converting: convertingOf(config.payloads) });
}

const noAddress = (name: string): OvermindError =>
  new OvermindError('config/invalid', { faults: `${name}: is not set, and no run file names it` });

async function untilFlat(
  { isLate, say }: Flattening,
  stops: StopClient,
  stopId: string,
): Promise<HaltFacts | undefined> {
  let facts: HaltFacts | undefined;
  for (let shown = ''; ;) {
    facts = (await stops.readProgress(stopId).catch(() => undefined)) ?? facts;
    const news = facts ? [facts.stage, ...facts.notFlat].join(' · ') : 'no worker answers';
    if (news !== shown) say(news);
    shown = news;
    const ends: readonly (HaltStage | undefined)[] = ['flat', 'resumed', 'superseded'];
    if (ends.includes(facts?.stage) || isLate()) return facts;
    await pause();
  }
}

const pause = (): Promise<void> => new Promise((done) => setTimeout(done, TRY_AGAIN_MS));

const nothingBut = ({ fenced }: { readonly fenced: boolean }): FlattenReport => ({
  fenced,
  flat: false,
  flatMs: null,
  haltEpoch: null,
  stopId: null,
  stage: null,
  notFlat: [],
});

export function describeFlatten({ fenced, flat, flatMs, notFlat, stage }: FlattenReport): string {
  if (!fenced) return 'Not FENCED, so nothing was flattened.';
  if (flat) return `FLAT after ${flatMs} ms: the chain shows no position any more`;
  const why = notFlat.join('; ') || 'no news';
  return `NOT FLAT (${stage ?? 'unknown'}): ${why}`;
}
