import { describe, expect, it } from 'vitest';
import {
  healthOf,
  LOOP_MS_MAX,
  readinessOf,
  SILENCE_MS_MAX,
  type PartStates,
} from '../../../workers/api/part-states.ts';
import type { PartState } from '../../../workers/api/watch-part.ts';

const WALL_MS = 1_000_000;
const heard = <Value>(value: Value, heardAtMs = 0): PartState<Value> => ({
  value,
  fault: undefined,
  heardAtMs,
});
const silent = { value: undefined, fault: 'away', heardAtMs: undefined } as const;

const feed = {
  run: 'r1',
  phase: 'running',
  warmedBars: 200,
  events: 1,
  candidates: 0,
  marketTimeMs: 5_000,
  marketTimeEndMs: 9_000_000_000,
  legsInFlight: 0,
  staleMarkets: [],
} as const;
const clock = { marketMs: 5_000, wallMs: WALL_MS, rate: 60 };
const executor = {
  wallet: 'w',
  executorEpoch: 1,
  haltEpoch: 0,
  halted: false,
  haltReason: null,
  configHash: 'c',
  leaseEndsInMs: 1,
  headSlot: 1,
  height: 1,
  markets: { 'SOL-USDC': { fresh: true, slot: 1 } },
  counters: {},
};
const run = {
  runId: 'r1',
  state: 'running',
  mode: 'paper',
  wallet: 'w',
  feedKind: 'replay',
  startedAtMs: 0,
};

const all = (change: Partial<PartStates> = {}): PartStates => ({
  postgres: heard({
    control: { executorEpoch: 1, haltEpoch: 0, halted: false, reduceOnly: [], leases: [] },
    run,
  }),
  bus: heard({ feed, clock }),
  temporal: heard({ serverVersion: '1.30', workerSeenMsAgo: 1_000 }),
  brain: heard({ memory: {}, upToMs: {}, chroma: 'ok', waiting: 0, dropped: 0 }),
  executor: heard(executor),
  ...change,
});

describe('readiness', () => {
  it('holds when every part is ready, and once the feed has ended', () => {
    expect(readinessOf(all(), WALL_MS).ok).toBe(true);
    const ended = heard({ feed: { ...feed, phase: 'ended' as const }, clock });
    expect(readinessOf(all({ bus: ended }), WALL_MS + 1e9).ok).toBe(true);
  });

  it.each<[string, Partial<PartStates>, RegExp]>([
    ['postgres', { postgres: silent }, /away/],
    [
      'postgres',
      {
        postgres: heard({
          control: { executorEpoch: 0, haltEpoch: 0, halted: false, reduceOnly: [], leases: [] },
          run: undefined,
        }),
      },
      /no run/,
    ],
    [
      'temporal',
      { temporal: heard({ serverVersion: '1', workerSeenMsAgo: undefined }) },
      /no trading worker/,
    ],
    ['temporal', { temporal: heard({ serverVersion: '1', workerSeenMsAgo: 90_001 }) }, /90 s ago/],
    ['brain', { brain: silent }, /away/],
    ['executor', { executor: heard({ ...executor, leaseEndsInMs: 0 }) }, /lease/],
    [
      'executor',
      { executor: heard({ ...executor, markets: { 'SOL-USDC': { fresh: false, slot: 1 } } }) },
      /not fresh: SOL-USDC/,
    ],
    ['feed', { bus: heard({ feed: undefined, clock: undefined }) }, /nothing yet/],
    ['feed', { bus: heard({ feed: { ...feed, phase: 'warming' }, clock }) }, /warming, 200/],
  ])('fails by %s alone', (part, change, detail) => {
    const { ok, parts } = readinessOf(all(change), WALL_MS);
    expect(ok).toBe(false);
    const failed = Object.entries(parts).filter(([, one]) => !one.ok);
    expect(failed).toEqual([
      [part, { ok: false, detail: expect.stringMatching(detail) as unknown }],
    ]);
  });

  it('fails when the clock runs on and no event comes', () => {
    expect(readinessOf(all(), WALL_MS + 600_000).ok).toBe(true);
    const { parts } = readinessOf(all(), WALL_MS + 600_001);
    expect(parts['feed']).toEqual({ ok: false, detail: 'no event for 600 s' });
  });
});

describe('health', () => {
  const now = { monotonicMs: SILENCE_MS_MAX, loopMsAgo: 10 };

  it('holds while each part was heard of recently, also where the last look failed', () => {
    expect(healthOf(all(), now).ok).toBe(true);
    const slow = { value: undefined, fault: 'no answer in 900 ms', heardAtMs: 0 };
    expect(healthOf(all({ brain: slow }), now)).toMatchObject({
      ok: true,
      parts: { brain: { detail: `heard of ${SILENCE_MS_MAX} ms ago: no answer in 900 ms` } },
    });
  });

  it('fails by a part that is silent for too long, or was never heard of', () => {
    const later = { ...now, monotonicMs: SILENCE_MS_MAX + 1 };
    expect(healthOf(all(), later).ok).toBe(false);
    const { ok, parts } = healthOf(all({ executor: silent }), now);
    expect(ok).toBe(false);
    expect(parts['executor']).toEqual({ ok: false, detail: 'never heard of: away' });
  });

  it('fails when our own loop does not turn', () => {
    expect(healthOf(all(), { ...now, loopMsAgo: LOOP_MS_MAX }).ok).toBe(true);
    expect(healthOf(all(), { ...now, loopMsAgo: LOOP_MS_MAX + 1 }).ok).toBe(false);
  });
});
