import { faultOf } from '../ask.ts';
import type { Progress, RoadAnswer, StopOrder, StopRoad } from './road.ts';

export type RoadReport = {
  readonly road: string;
  readonly state: RoadAnswer['state'] | 'failed';
  readonly haltEpoch?: number;
  /** From the start of the stop to the last that this road said. */
  readonly ms: number;
  readonly said: string;
};

export type StopReport = {
  readonly fenced: boolean;
  /** From the start of the stop until the first road could say FENCED; null where none could. */
  readonly fencedMs: number | null;
  /** Null where no road got through. */
  readonly haltEpoch: number | null;
  readonly stopId: string;
  readonly roads: readonly RoadReport[];
};

export type StopLimits = {
  /** Longest wait for FENCED. */
  readonly fenceMs: number;
  /** After FENCED the other roads still get this long: a latch in both stores is better than one. */
  readonly othersMs: number;
};

export const STOP_LIMITS: StopLimits = { fenceMs: 5_000, othersMs: 2_000 };

/** All roads at once: a dead one must not delay the others. */
export async function runStop(
  roads: readonly StopRoad[],
  order: StopOrder,
  limits: StopLimits = STOP_LIMITS,
): Promise<StopReport> {
  const startedMs = performance.now();
  const elapsed = (): number => Math.round((performance.now() - startedMs) * 10) / 10;
  const controller = new AbortController();
  const { signal } = controller;
  const abandon = (): void => controller.abort();
  const timers = [setTimeout(abandon, limits.fenceMs)];
  let fencedMs: number | null = null;

  const walk = (road: StopRoad): Promise<RoadReport> => {
    let latest: RoadReport = { road: road.name, state: 'failed', ms: 0, said: 'no answer in time' };
    const progress = (so: Progress): void => {
      const state = so.state ?? (so.haltEpoch === undefined ? latest.state : 'latched');
      latest = { ...latest, ...so, state, ms: elapsed() };
    };
    const walked = road.stop(order, { signal, progress, isFenced: () => fencedMs !== null }).then(
      (answer) => {
        if (answer.state === 'fenced' && fencedMs === null) {
          fencedMs = elapsed();
          timers.push(setTimeout(abandon, limits.othersMs));
        }
        return { road: road.name, ...answer, ms: elapsed() };
      },
      (error: unknown) => ({ ...latest, ms: elapsed(), said: faultOf(error) }),
    );
    // A connection that hangs does not hear of the abort; what it reached is reported all the same.
    const abandoned = new Promise<RoadReport>((resolve) => {
      signal.addEventListener('abort', () => setTimeout(() => resolve(latest), 50));
    });
    return Promise.race([walked, abandoned]);
  };

  const reports = await Promise.all(roads.map(walk));
  for (const timer of timers) clearTimeout(timer);
  const epochs = reports.flatMap(({ haltEpoch }) => haltEpoch ?? []);
  return {
    fenced: fencedMs !== null,
    fencedMs,
    haltEpoch: epochs.length === 0 ? null : Math.max(...epochs),
    stopId: order.stopId,
    roads: reports,
  };
}

export function describeStop({ fenced, fencedMs, haltEpoch, roads }: StopReport): string {
  const headline = fenced
    ? `FENCED in ${fencedMs} ms, halt epoch ${haltEpoch}`
    : `NOT FENCED${haltEpoch === null ? '' : `, halt epoch ${haltEpoch} is latched`}: end the executor's process, then run this again`;
  const lines = roads.map(
    ({ road, state, ms, said }) => `  ${road}: ${state} after ${ms} ms, ${said}`,
  );
  return [headline, ...lines].join('\n');
}
