import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecentNumbers } from '../../../domain/analysis/recent-numbers.ts';
import { createRobustScaler } from '../../../domain/analysis/robust-scaler.ts';

const numbers = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 60 });
const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;

describe('recent numbers', () => {
  it('say of the last few what a copy of them says', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 20 }), (values, count) => {
        const recent = createRecentNumbers(20);
        for (const value of values) recent.push(value);
        const last = values.slice(-count);
        const centre = mean(last);
        const squares = last.map((one) => (one - centre) ** 2);
        expect(recent.at(0)).toBe(values.at(-1));
        expect(recent.at(20)).toBeUndefined();
        expect(recent.max(count)).toBe(Math.max(...last));
        expect(recent.min(count)).toBe(Math.min(...last));
        expect(recent.deviation(count)).toBeCloseTo(
          last.length < 2 ? 0 : Math.sqrt(mean(squares)),
          9,
        );
      }),
    );
  });

  it('follow each other between −1 and 1', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const recent = createRecentNumbers(60);
        for (const value of values) recent.push(value);
        expect(Math.abs(recent.autocorrelation(60))).toBeLessThanOrEqual(1);
      }),
    );
    const recent = createRecentNumbers(60);
    for (let at = 0; at < 60; at++) recent.push(at % 2);
    expect(recent.autocorrelation(60)).toBeCloseTo(-59 / 60, 9);
  });
});

describe('robust scaler', () => {
  it('never leaves ±3, whatever comes', () => {
    const any = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 80 });
    fc.assert(
      fc.property(any, (values) => {
        const scaler = createRobustScaler();
        for (const value of values) expect(Math.abs(scaler.scale(value))).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('finds centre and spread of a steady series', () => {
    const scaler = createRobustScaler();
    let scaled = 0;
    // Mean 10 and mean absolute deviation 2: one deviation is 2 · √(π/2).
    for (let at = 0; at < 2_000; at++) scaled = scaler.scale(at % 2 === 0 ? 8 : 12);
    expect(scaled).toBeCloseTo(1 / Math.sqrt(Math.PI / 2), 2);
  });

  it('is hardly moved by one wild value', () => {
    const [calm, shocked] = [createRobustScaler(), createRobustScaler()];
    for (let at = 0; at < 500; at++) {
      calm.scale(at % 7);
      shocked.scale(at % 7);
    }
    expect(shocked.scale(1e9)).toBe(3);
    expect(shocked.scale(5)).toBeCloseTo(calm.scale(5), 1);
  });

  it('is 0 for what never changes', () => {
    const scaler = createRobustScaler();
    for (let at = 0; at < 50; at++) expect(scaler.scale(0.3)).toBe(0);
  });
});
