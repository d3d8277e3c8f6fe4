import { beforeEach, describe, expect, it } from 'vitest';
import type { Difference, Reconciliation } from '../../../domain/settlement/reconcile.ts';
import { createReconcileTurn } from '../../../workers/trading/reconcile-watch.ts';

const ORPHAN: Difference = { kind: 'orphan', signature: 'x' };
const OFF = (by: bigint): Difference => ({ kind: 'balance', asset: 'SOL', by });

const found = (slot: number, ...differences: readonly Difference[]): Reconciliation => ({
  slot,
  differences,
  walletDelta: new Map(),
  settlementSum: new Map(),
});

describe('the watch over ledger and chain', () => {
  let halts: string[];
  let recorded: number[];
  let holdsLock: boolean;

  beforeEach(() => {
    halts = [];
    recorded = [];
    holdsLock = true;
  });

  async function see(...views: readonly (Reconciliation | undefined)[]): Promise<number[]> {
    const queue = [...views];
    const turn = createReconcileTurn({
      holdsLock: async () => holdsLock,
      reconcile: async () => queue.shift(),
      record: async ({ slot }) => void recorded.push(slot),
      onDifference: () => undefined,
      halt: async (reason) => void halts.push(reason),
      onFault: () => undefined,
    });
    const pauses: number[] = [];
    for (const _ of views) pauses.push(await turn());
    return pauses;
  }

  it('halts at the second sight, and says why', async () => {
    await see(found(10, ORPHAN), found(11, ORPHAN));
    expect(halts).toEqual([
      'ledger and chain differ at slot 11: transaction x belongs to no permit',
    ]);
  });

  it('does not take the same slot for a second sight', async () => {
    await see(found(10, ORPHAN), found(10, ORPHAN), found(9, ORPHAN));
    expect(halts).toEqual([]);
  });

  it('forgets what was gone in between', async () => {
    await see(found(10, ORPHAN), found(11), found(12, ORPHAN));
    expect(halts).toEqual([]);
  });

  it('does not add up two different differences', async () => {
    await see(found(10, ORPHAN), found(11, { kind: 'missing', signature: 'x' }));
    expect(halts).toEqual([]);
  });

  it('knows a growing difference again', async () => {
    await see(found(10, OFF(-1n)), found(12, OFF(-3n)));
    expect(halts).toEqual(['ledger and chain differ at slot 12: SOL is -3 base units off']);
  });

  it('looks each minute while all is well, and soon again when it is not', async () => {
    expect(await see(found(10), found(11, ORPHAN), undefined)).toEqual([60_000, 5_000, 5_000]);
    expect(recorded).toEqual([10, 11]);
  });

  it('leaves it to the worker that holds the lock', async () => {
    holdsLock = false;
    await see(found(10, ORPHAN), found(11, ORPHAN));
    expect([recorded, halts]).toEqual([[], []]);
  });
});
