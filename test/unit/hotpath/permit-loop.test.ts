import { afterEach, describe, expect, it } from 'vitest';
import {
  runPermitLoop,
  type PermitLoop,
  type PermitLoopDeps,
} from '../../../hotpath/permit-loop.ts';
import type { PermitEntry } from '../../../hotpath/read-permit.ts';

const entry = (entryId: string): PermitEntry => ({ entryId, p: 'p', m: 'm', t: '1' });

let loop: PermitLoop | undefined;
afterEach(() => loop?.stop());

/** A stream of batches; when they are read, a read waits as a blocked one does. */
function aLoop(batches: (PermitEntry[] | Error)[], over: Partial<PermitLoopDeps> = {}) {
  const executed: string[] = [];
  const times = new Map<string, bigint>();
  const faults: unknown[] = [];
  const pendingAsked: string[] = [];
  loop = runPermitLoop({
    async readNew() {
      const next = batches.shift();
      if (next instanceof Error) throw next;
      return next ?? (await new Promise<PermitEntry[]>((resolve) => setTimeout(resolve, 5, [])));
    },
    async readPending(afterId) {
      pendingAsked.push(afterId);
      return [];
    },
    leaseHolds: () => true,
    untilRoom: () => undefined,
    execute({ entryId }, readNs) {
      executed.push(entryId);
      times.set(entryId, readNs);
    },
    onFault: (error) => faults.push(error),
    onHang() {},
    ...over,
  });
  return { executed, times, faults, pendingAsked };
}

/** Waits that a test ends itself, by entry. */
function doors(...ids: string[]) {
  const open = new Map<string, () => void>();
  const waits = new Map(ids.map((id) => [id, new Promise<void>((done) => open.set(id, done))]));
  return {
    untilRoom: ({ entryId }: PermitEntry) => waits.get(entryId),
    open: (id: string) => open.get(id)?.(),
  };
}

describe('permit loop', () => {
  it('executes a batch in order, and counts one time of reading for all of it', async () => {
    const { executed, times } = aLoop([[entry('1'), entry('2')], [entry('3')]]);
    await expect.poll(() => executed).toEqual(['1', '2', '3']);
    expect(times.get('2')).toBe(times.get('1'));
    expect(times.get('3')).toBeGreaterThan(times.get('1') ?? 0n);
  });

  it('holds an entry, and those behind it, until there is room to send it', async () => {
    const door = doors('2');
    const { executed, times } = aLoop([[entry('1'), entry('2'), entry('3')]], door);
    await expect.poll(() => executed).toEqual(['1']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(executed).toEqual(['1']);
    door.open('2');
    await expect.poll(() => executed).toEqual(['1', '2', '3']);
    // What it waited counts as its own time.
    expect(times.get('2')).toBe(times.get('1'));
  });

  it('leaves an entry that it still waits with at a stop to the next life', async () => {
    const door = doors('1');
    const asked: string[] = [];
    const { executed } = aLoop([[entry('1'), entry('2')]], {
      untilRoom(one) {
        asked.push(one.entryId);
        return door.untilRoom(one);
      },
    });
    await expect.poll(() => asked).toEqual(['1']);
    const stopped = loop?.stop();
    door.open('1');
    await stopped;
    expect(executed).toEqual([]);
    expect(asked).toEqual(['1']);
  });

  it('reads what it holds unacknowledged after a read that failed', async () => {
    const { executed, faults, pendingAsked } = aLoop([new Error('lost'), [entry('1')]]);
    await expect.poll(() => executed).toEqual(['1']);
    expect(faults).toHaveLength(1);
    expect(pendingAsked).toEqual(['0']);
  });

  it('reads nothing while the lease is out', async () => {
    let looks = 0;
    const { executed } = aLoop([[entry('1')]], { leaseHolds: () => ++looks > 3 });
    await expect.poll(() => executed).toEqual(['1']);
    expect(looks).toBeGreaterThan(3);
  });
});
