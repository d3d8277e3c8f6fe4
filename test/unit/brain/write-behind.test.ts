import { describe, expect, it } from 'vitest';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { createWriteBehind } from '../../../workers/brain/write-behind.ts';

type Store = {
  readonly written: number[][];
  /** Thrown by the next writes, one each. */
  readonly faults: Error[];
  readonly told: unknown[];
  readonly drops: number[];
};

const away = (): Error => new OvermindError('memory/unreachable', { operation: 'x', fault: 'x' });
const refused = (): Error => new OvermindError('ledger/conflict', { operation: 'x', fault: 'x' });

function openStore(itemsMax = 100, batchMax = 3) {
  const store: Store = { written: [], faults: [], told: [], drops: [] };
  let hold: Promise<void> | undefined;
  const behind = createWriteBehind<number>({
    itemsMax,
    batchMax,
    async write(batch) {
      await hold;
      const fault = store.faults.shift();
      if (fault) throw fault;
      store.written.push([...batch]);
    },
    onFault: (error) => store.told.push(error),
    onDrop: (dropped) => store.drops.push(dropped),
  });
  const holdWrites = (): (() => void) => {
    let release = (): void => undefined;
    hold = new Promise((resolve) => (release = resolve));
    return release;
  };
  return { store, behind, holdWrites };
}

const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe('write-behind', () => {
  it('writes everything, in order, in batches', async () => {
    const { store, behind } = openStore();
    behind.push([1, 2]);
    behind.push([3, 4]);
    expect(await behind.stop(2_000)).toBe(0);
    expect(store.written.flat()).toEqual([1, 2, 3, 4]);
    expect(Math.max(...store.written.map(({ length }) => length))).toBeLessThanOrEqual(3);
  });

  it('repeats a batch until it is written', async () => {
    const { store, behind } = openStore();
    store.faults.push(away(), away());
    await turns(); // The writer has found nothing to do.
    behind.push([1, 2]);
    await turns();
    expect(behind.isHealthy()).toBe(false);
    expect(await behind.stop(5_000)).toBe(0);
    expect(store.written).toEqual([[1, 2]]);
    expect(store.told).toHaveLength(2);
    expect(behind.isHealthy()).toBe(true);
    expect(behind.dropped()).toBe(0);
  });

  it('drops the oldest that wait, and says how many', async () => {
    const { store, behind, holdWrites } = openStore(4, 2);
    const release = holdWrites();
    await turns();
    behind.push([1, 2]);
    await turns(); // 1 and 2 are being written.
    behind.push([3, 4, 5, 6, 7, 8, 9]);
    expect(behind.waiting()).toBe(6);
    release();
    expect(await behind.stop(2_000)).toBe(0);
    expect(store.written.flat()).toEqual([1, 2, 6, 7, 8, 9]);
    expect(behind.dropped()).toBe(3);
    expect(store.drops).toEqual([3]);
  });

  it('drops a batch that can never be written and goes on', async () => {
    const { store, behind } = openStore(100, 2);
    store.faults.push(refused());
    behind.push([1, 2, 3]);
    expect(await behind.stop(2_000)).toBe(0);
    expect(store.written).toEqual([[3]]);
    expect(behind.dropped()).toBe(2);
    expect(store.told).toHaveLength(1);
  });

  it('leaves what cannot be written in time, and says how much', async () => {
    const { behind, holdWrites } = openStore();
    holdWrites();
    behind.push([1, 2, 3, 4]);
    expect(await behind.stop(50)).toBe(4);
  });
});
