import { describe, expect, it } from 'vitest';
import type { RoadAnswer, StopRoad } from '../../../cli/stop/road.ts';
import { describeStop, runStop } from '../../../cli/stop/run-stop.ts';
import { unfenced } from '../../../domain/control/fencing.ts';

const order = { stopId: 's1', reason: 'test' };
const quick = { fenceMs: 60, othersMs: 30 };

const road = (name: string, stop: StopRoad['stop']): StopRoad => ({ name, stop, close: () => {} });
const fencedRoad = (name: string, haltEpoch: number): StopRoad =>
  road(name, () => Promise.resolve<RoadAnswer>({ state: 'fenced', haltEpoch, said: 'done' }));
const silent = (name: string): StopRoad => road(name, () => new Promise<never>(() => {}));

describe('a stop by several roads', () => {
  it('is fenced by the first road that can say so, whatever the others do', async () => {
    const broken = road('broken', () => Promise.reject(new Error('no such file')));
    const report = await runStop(
      [broken, fencedRoad('executor', 3), silent('postgres')],
      order,
      quick,
    );
    expect(report).toMatchObject({
      fenced: true,
      haltEpoch: 3,
      stopId: 's1',
      roads: [
        { road: 'broken', state: 'failed', said: 'no such file' },
        { road: 'executor', state: 'fenced' },
        { road: 'postgres', state: 'failed', said: 'no answer in time' },
      ],
    });
    expect(describeStop(report)).toMatch(/^FENCED in [\d.]+ ms, halt epoch 3\n/);
  });

  it('names the higher epoch where the stores differ', async () => {
    const report = await runStop(
      [fencedRoad('executor', 3), fencedRoad('postgres', 5)],
      order,
      quick,
    );
    expect(report.haltEpoch).toBe(5);
  });

  it('is not fenced by a latch alone, and says what was reached', async () => {
    const latching = road('postgres', (_order, { progress }) => {
      progress({ haltEpoch: 4, said: 'a lease still runs' });
      return new Promise<never>(() => {});
    });
    const report = await runStop([silent('executor'), latching], order, quick);
    expect(report).toMatchObject({
      fenced: false,
      fencedMs: null,
      haltEpoch: 4,
      roads: [{ state: 'failed' }, { state: 'latched', said: 'a lease still runs' }],
    });
    expect(describeStop(report)).toMatch(/^NOT FENCED, halt epoch 4 is latched/);
  });

  it('tells a road when another is fenced, so that it need not prove it again', async () => {
    const waiting = road('postgres', async (_order, { isFenced, signal }) => {
      while (!isFenced() && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 1));
      return { state: 'latched', haltEpoch: 1, said: isFenced() ? 'heard of it' : 'gave up' };
    });
    const report = await runStop([waiting, fencedRoad('executor', 1)], order, quick);
    expect(report.roads[0]).toMatchObject({ state: 'latched', said: 'heard of it' });
  });
});

describe('the leases that are not fenced', () => {
  it.each([
    ['one that still runs', 1, 4, 1],
    ['not one that has run out', 0, 4, 0],
    ['not one whose executor has this halt on its disk', 3_000, 5, 0],
    ['not one whose executor has a newer halt', 3_000, 6, 0],
  ])('are %s', (_what, endsInMs, fencedHaltEpoch, count) => {
    const lease = { wallet: 'w', executorEpoch: 4, endsInMs, fencedHaltEpoch };
    expect(unfenced([lease], 5)).toHaveLength(count);
  });
});
