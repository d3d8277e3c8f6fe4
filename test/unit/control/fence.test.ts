import { describe, expect, it } from 'vitest';
import { createControlActivities, type ControlDeps } from '../../../activities/control.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { createHaltTurn } from '../../../workers/trading/halt-watch.ts';

const order = { stopId: 's1', reason: 'test' };
const away = () =>
  Promise.reject(new OvermindError('socket/timeout', { method: 'stop', afterMs: 1 }));
const unexpected = () => {
  throw new Error('this call was not expected');
};
const lease = { wallet: 'w', executorEpoch: 1, endsInMs: 2_000, fencedHaltEpoch: 0 };

type Change = {
  readonly executor?: Partial<ControlDeps['executor']>;
  readonly bus?: Partial<ControlDeps['bus']>;
  readonly ledger?: Partial<ControlDeps['ledger']>;
};

/** All roads away, but those that a test opens. */
const fence = (change: Change) =>
  createControlActivities({
    executor: { stop: away, ...change.executor },
    bus: { publishStop: away, readFenced: away, ...change.bus },
    ledger: {
      recordHalt: away,
      readLeases: unexpected,
      readHalt: unexpected,
      readOpenTrades: unexpected,
      recordFlatten: unexpected,
      readFlatBooks: unexpected,
      ...change.ledger,
    },
    chain: { readBalances: unexpected },
    baseMints: [],
    nowMs: () => 7,
  }).fence(order);

describe('one try to fence, by every road', () => {
  it('is enough when the executor answers, whatever else is away', async () => {
    const stop = async () => ({ fenced: true, haltEpoch: 2 });
    expect(await fence({ executor: { stop } })).toEqual({
      atMs: 7,
      fenced: true,
      haltEpoch: 2,
      roads: {
        executor: 'acknowledged',
        postgres: 'failed: socket/timeout',
        bus: 'failed: socket/timeout',
      },
    });
  });

  const recordHalt = async () => ({ haltEpoch: 3, halted: true });
  it.each([
    ['no lease runs any more', [{ ...lease, endsInMs: 0 }], true],
    ['the lease names this halt', [{ ...lease, fencedHaltEpoch: 3 }], true],
    ['the lease names an older halt', [{ ...lease, fencedHaltEpoch: 2 }], false],
  ])('by Postgres alone, when %s: %#', async (_when, leases, fenced) => {
    const answer = await fence({ ledger: { recordHalt, readLeases: async () => leases } });
    expect(answer).toMatchObject({ fenced, haltEpoch: 3 });
  });

  it('orders once over the bus, and asks for the answer', async () => {
    const calls: string[] = [];
    const bus = {
      publishStop: async () => void calls.push('order'),
      readFenced: async () => {
        calls.push('ask');
        return calls.length < 4 ? undefined : { fenced: true, haltEpoch: 1 };
      },
    };
    expect(await fence({ bus })).toMatchObject({ fenced: false, roads: { bus: 'ordered' } });
    expect(await fence({ bus })).toMatchObject({ fenced: true, haltEpoch: 1 });
    expect(calls).toEqual(['ask', 'order', 'ask', 'ask']);
  });

  it('fences nothing with a stop that was resumed from', async () => {
    const lifted = { fenced: false, haltEpoch: 2 };
    const answer = await fence({
      executor: { stop: async () => lifted },
      ledger: { recordHalt: async () => ({ haltEpoch: 2, halted: false }) },
      bus: { readFenced: async () => lifted },
    });
    expect(answer.fenced).toBe(false);
    expect(Object.values(answer.roads)).toEqual(Array(3).fill('had been resumed from before'));
  });

  it('does not hide a bug behind a road that failed', async () => {
    await expect(fence({ executor: { stop: unexpected } })).rejects.toThrow('not expected');
  });
});

describe('the watch over halts', () => {
  const watch = (states: readonly { readonly halted: boolean; readonly stopId?: string }[]) => {
    const calls: string[] = [];
    let at = 0;
    const turn = createHaltTurn({
      readControl: async () => states[at++] ?? { halted: false },
      stops: {
        start: async ({ stopId, reason }) => {
          calls.push(`start ${stopId}: ${reason}`);
          return 'started';
        },
        lookAgain: async (stopId) => void calls.push(`tell ${stopId}`),
      },
    });
    return { turn, calls };
  };

  it('gives each halt one workflow, and tells it when it is over', async () => {
    const s1 = { halted: true, stopId: 's1', reason: 'test' };
    const { turn, calls } = watch([
      s1,
      s1,
      { ...s1, stopId: 's2' },
      { halted: false },
      { halted: false },
    ]);
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(calls).toEqual(['start s1: test', 'start s2: test', 'tell s2']);
  });

  it('leaves a halt alone that a workflow has made', async () => {
    const { turn, calls } = watch([{ halted: true, stopId: 'workflow/r' }]);
    await turn();
    expect(calls).toEqual([]);
  });
});
