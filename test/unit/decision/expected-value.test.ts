import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectedValueOf, sizeOf } from '../../../domain/decision/expected-value.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';
import { anOpinion } from '../../support/trade-wires.ts';

const even = { averageWinBps: 100, averageLossBps: 50 };
const sizes = { notional: quoteUnits(1_000n), notionalMin: quoteUnits(100n) };

describe('expected value', () => {
  it('is what is won and lost, by its chances, less all costs', () => {
    const value = expectedValueOf(anOpinion({ probability: 0.6, ...even }), 10);
    expect(value.bps).toBeCloseTo(0.6 * 100 - 0.4 * 50 - 10);
    expect(value.kelly).toBeCloseTo(30 / 90);
  });

  it('stakes nothing without an edge', () => {
    const value = expectedValueOf(anOpinion({ probability: 0.4, ...even }), 10);
    expect(value).toMatchObject({ bps: 0, kelly: 0 });
  });

  it('never stakes more than everything', () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(chance, fc.double({ min: 0, max: 200, noNaN: true }), (probability, costs) => {
        const { kelly } = expectedValueOf(anOpinion({ probability, ...even }), costs);
        expect(kelly).toBeGreaterThanOrEqual(0);
        expect(kelly).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the size of a stake', () => {
  it.each([
    [0, 100n],
    [0.1, 100n],
    [0.4567, 456n],
    [1, 1_000n],
    [7, 1_000n],
    [-1, 100n],
  ])('of Kelly %d is %d, rounded down', (kelly, size) => {
    expect(sizeOf(kelly, sizes)).toBe(size);
  });
});
