import { describe, expect, it } from 'vitest';
import { describeHalt, haltResult, waitSummary } from '../../../temporal/describe-halt.ts';
import { byteLength } from '../../../temporal/details-table.ts';
import { newHalt, readStopInput, type HaltFacts } from '../../../temporal/halt-facts.ts';

const facts = (change: Partial<HaltFacts> = {}): HaltFacts => ({
  ...newHalt({ stopId: 's1', reason: 'a test', startedAtMs: 1_000, flatten: false }),
  ...change,
});
const permit = { permitId: 'p/entry/1', market: 'SOL-USDC', status: 'submitted', signature: 'sig' };
const fenced = facts({
  stage: 'fenced',
  haltEpoch: 4,
  fencedAtMs: 1_012,
  landable: [permit],
  live: [permit],
  roads: { executor: 'acknowledged', postgres: 'latched', bus: 'ordered' },
});

describe('a halt, as people read it', () => {
  it('says first what it is and why, and what is not reached yet', () => {
    const { summary, details } = describeHalt(facts());
    expect(summary).toBe('STOP · a test');
    expect(details).toContain('not yet: no executor signs anything new');
    expect(details).toContain('overmind resume');
  });

  it('names what could still have landed, and how fast it was FENCED', () => {
    const { summary, details } = describeHalt(fenced);
    expect(summary).toBe('FENCED · a test · halt epoch 4');
    expect(details).toMatch(/FENCED.*after 12 ms/);
    expect(details).toContain('p/entry/1 submitted sig');
    expect(waitSummary(fenced)).toBe('fenced · 1 permits without a proven end');
  });

  it('says why it is not flat', () => {
    const flattening = facts({ ...fenced, live: [], stage: 'flattening', flatten: true });
    const { details } = describeHalt({ ...flattening, notFlat: ['SOL-USDC is held'] });
    expect(details).toMatch(/not flat because.*SOL-USDC is held/);
  });

  it('is Halted until it ends, and then tells no way to go on', () => {
    const valuesOf = (halt: HaltFacts) => describeHalt(halt).attributes.map(({ value }) => value);
    expect(valuesOf(facts())).toEqual([true]);
    expect(valuesOf(fenced)).toEqual([true, 4]);
    const resumed = facts({ ...fenced, stage: 'resumed', quiescedAtMs: 2_000 });
    expect(valuesOf(resumed)).toEqual([false, 4]);
    expect(describeHalt(resumed).details).not.toContain('overmind resume');
    expect(haltResult(resumed)).toEqual({
      end: 'resumed',
      haltEpoch: 4,
      reason: 'a test',
      fencedAfterMs: 12,
      quiescedAfterMs: 1_000,
      landable: ['p/entry/1 submitted sig'],
    });
  });

  it('keeps to one line of 200 bytes and out of the markup, whatever the reason', () => {
    const reason = `${'é'.repeat(300)} | [x](y)\n# z`;
    const { summary, details } = describeHalt(facts({ reason }));
    expect(byteLength(summary)).toBeLessThanOrEqual(200);
    expect(details).not.toContain('[x]');
    expect(details.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(1);
  });
});

describe('what a stop is started with', () => {
  it.each<[unknown, object]>([
    [undefined, { flatten: false }],
    [null, { flatten: false }],
    [7, { flatten: false }],
    ['a reason', { reason: 'a reason', flatten: false }],
    ['  ', { flatten: false }],
    [
      { stopId: 's', reason: 'r', flatten: true },
      { stopId: 's', reason: 'r', flatten: true },
    ],
    [{ stopId: 5, reason: {}, flatten: 'yes' }, { flatten: false }],
  ])('%j', (given, read) => {
    expect(readStopInput(given as never)).toEqual(read); // A person may type anything.
  });
});
