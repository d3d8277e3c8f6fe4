import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createControl, type Control } from '../../../hotpath/control.ts';
import { openJournal, type Journal } from '../../../hotpath/journal.ts';
import { takeStop, type TakeStopDeps } from '../../../hotpath/take-stop.ts';
import { createResume, type ResumeDeps } from '../../../hotpath/resume.ts';

let folder: string;
let journal: Journal;
let dropped = 0;

let now = { wallMs: 0, monotonicMs: 0 };

const open = (): Control => {
  journal = openJournal({
    folder,
    segmentBytes: 256 * 1_024,
    onFault: (error) => {
      throw error;
    },
  });
  return createControl({ journal, clock: () => now, dropUnsent: () => (dropped += 1) });
};
/** The next life of the executor, from nothing but the journal. */
const restart = (): Control => {
  journal.close();
  return open();
};
const stop = (stopId: string, haltEpoch?: number) => ({
  stopId,
  reason: 'test',
  ...(haltEpoch === undefined ? {} : { haltEpoch }),
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-control-'));
  dropped = 0;
  now = { wallMs: 0, monotonicMs: 0 };
});
afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the halt latch', () => {
  it('counts each stop once, however often and late it comes', () => {
    const control = open();
    expect(control.halt(stop('s1'))).toEqual({ fenced: true, haltEpoch: 1, stopId: 's1' });
    expect(control.halt(stop('s2'))).toMatchObject({ haltEpoch: 2 });
    expect(control.halt(stop('s1'))).toMatchObject({ fenced: true, haltEpoch: 2 });
    expect(control.halt(stop('s2', 2))).toMatchObject({ haltEpoch: 2 });
    expect(control.stopId).toBe('s2');
    expect(dropped).toBe(2);
  });

  it('takes the count of the store that heard of it first', () => {
    const control = open();
    expect(control.halt(stop('s1', 7))).toMatchObject({ haltEpoch: 7 });
    expect(control.halt(stop('s1', 9))).toMatchObject({ haltEpoch: 9 });
    expect(control.halt(stop('s1', 8))).toMatchObject({ haltEpoch: 9 });
  });

  it('always raises the epoch of an executor that was not halted', () => {
    const control = open();
    control.adoptHaltEpoch(5);
    expect(control.halt(stop('s1', 4))).toMatchObject({ haltEpoch: 6 });
  });

  it('outlives the process, and needs nothing but the journal', () => {
    open().halt(stop('s1'));
    expect(restart()).toMatchObject({ halted: true, haltEpoch: 1, stopId: 's1' });
    expect(restart().executorEpoch).toBe(0);
  });

  it('ends with a resume under the next epoch, which outlives the process too', () => {
    const control = open();
    control.halt(stop('s1'));
    control.resume('all is well');
    expect(control).toMatchObject({ halted: false, haltEpoch: 2, stopId: undefined });
    expect(restart()).toMatchObject({ halted: false, haltEpoch: 2, stopId: undefined });
  });

  it('is not set again by a stop from before the resume, in any life', () => {
    const control = open();
    control.halt(stop('s1'));
    control.resume('all is well');
    expect(control.halt(stop('s1'))).toEqual({ fenced: false, haltEpoch: 2, stopId: 's1' });
    const next = restart();
    expect(next.halt(stop('s1', 1))).toMatchObject({ fenced: false });
    expect(next.halted).toBe(false);
    expect(next.halt(stop('s2'))).toMatchObject({ fenced: true, haltEpoch: 3 });
  });
});

describe('a stop that is ordered here', () => {
  const taking = (control: Control) => {
    const told: string[] = [];
    const recordHalt: TakeStopDeps['recordHalt'] = ({ stopId, haltEpoch }) =>
      void told.push(`${stopId} at ${haltEpoch}`);
    return { told, take: (id: string) => takeStop({ control, recordHalt }, stop(id)) };
  };

  it('is told to Postgres each time that it comes, under its own epoch', () => {
    const { told, take } = taking(open());
    take('s1');
    take('s1');
    expect(told).toEqual(['s1 at 1', 's1 at 1']);
  });

  it('is not told under the epoch of one that came after it', () => {
    const { told, take } = taking(open());
    take('s1');
    take('s2');
    expect(take('s1')).toEqual({ fenced: true, haltEpoch: 2, stopId: 's1' });
    expect(told).toEqual(['s1 at 1', 's2 at 2']);
  });

  it('is not told once it was resumed from', () => {
    const control = open();
    const { told, take } = taking(control);
    take('s1');
    control.resume('all is well');
    expect(take('s1')).toMatchObject({ fenced: false, haltEpoch: 2 });
    expect(told).toEqual(['s1 at 1']);
  });

  it('is known by the beginning of an id that is too long for the journal', () => {
    const control = open();
    const { told, take } = taking(control);
    take('s'.repeat(200));
    expect(told).toHaveLength(1);
    expect(control.isHaltedBy('s'.repeat(127))).toBe(false);
  });
});

describe('a resume at the executor', () => {
  const params = {
    haltEpoch: 1,
    reconciliationId: 1,
    reconciliationHash: 'r',
    configHash: 'c',
    reason: 'all is well',
    signatures: [
      { operator: 'ada', signature: 'of key a' },
      { operator: 'bob', signature: 'of key b' },
    ],
  };
  const resume = (control: Control, change: Partial<ResumeDeps> = {}) =>
    createResume({
      wallet: 'w',
      configHash: 'c',
      control,
      readOperators: () =>
        new Map([
          ['ada', 'key a'],
          ['bob', 'key b'],
        ]),
      verify: (key, _text, signature) => signature === `of ${key}`,
      recordResume: async () => undefined,
      ...change,
    });

  it('lifts the halt', async () => {
    const control = open();
    control.halt(stop('s1'));
    expect(await resume(control)(params)).toEqual({ resumed: true, haltEpoch: 2 });
    expect(control.halted).toBe(false);
  });

  it('asks the ledger nothing before the signatures are right', async () => {
    const control = open();
    control.halt(stop('s1'));
    const recordResume = () => {
      throw new Error('it was asked');
    };
    const [first] = params.signatures;
    const answer = await resume(control, { recordResume })({ ...params, signatures: [first] });
    expect(answer).toMatchObject({ resumed: false });
    expect(control.halted).toBe(true);
  });

  it('stays halted where the ledger says no', async () => {
    const control = open();
    control.halt(stop('s1'));
    const recordResume = async () => 'not quiesced';
    expect(await resume(control, { recordResume })(params)).toEqual({
      resumed: false,
      why: ['not quiesced'],
    });
    expect(control).toMatchObject({ halted: true, haltEpoch: 1 });
  });

  it('is weaker than a stop that comes meanwhile', async () => {
    const control = open();
    control.halt(stop('s1'));
    const recordResume = async () => void control.halt(stop('s2'));
    expect(await resume(control, { recordResume })(params)).toMatchObject({ resumed: false });
    expect(control).toMatchObject({ halted: true, haltEpoch: 2, stopId: 's2' });
  });

  it.each([
    ['no signatures', { ...params, signatures: 'both' }],
    ['a nameless signature', { ...params, signatures: [{ signature: 'x' }] }],
    ['a broken epoch', { ...params, haltEpoch: 1.5 }],
    ['no reason', { ...params, reason: '' }],
    ['nothing', undefined],
  ])('refuses %s', async (_what, bad) => {
    const control = open();
    control.halt(stop('s1'));
    const answer = await resume(control)(bad).then(
      ({ resumed }) => resumed,
      () => false,
    );
    expect(answer).toBe(false);
    expect(control.halted).toBe(true);
  });
});

describe('the lease', () => {
  it.each([
    ['holds until a moment before its end', { wallMs: 2_999, monotonicMs: 2_999 }, true],
    ['ends by the wall clock: a suspended machine', { wallMs: 3_000, monotonicMs: 10 }, false],
    ['ends by the monotonic clock: a wall set back', { wallMs: -9_000, monotonicMs: 3_000 }, false],
  ])('%s', (_what, later, holds) => {
    const control = open();
    control.extendLease(now, 3_000);
    now = later;
    expect(control.leaseHolds()).toBe(holds);
  });
});
