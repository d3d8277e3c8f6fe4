import { describe, expect, it } from 'vitest';
import {
  dailyInterval,
  drawdown,
  mean,
  percentileAmong,
  wilson,
} from '../../../../bench/edge/statistics.ts';

const DAY = 86_400_000;

describe("Wilson's interval", () => {
  it('has the published bounds', () => {
    const { low, high } = wilson(81, 263);
    expect([low, high].map((share) => share.toFixed(4))).toEqual(['0.2553', '0.3662']);
  });

  it('stays inside 0 to 1, and knows nothing without a trial', () => {
    expect(wilson(0, 5).low).toBe(0);
    expect(wilson(5, 5).high).toBe(1);
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('an interval by days', () => {
  const spread = (days: number, perDay: number) =>
    Array.from({ length: days * perDay }, (_, at) => {
      const day = Math.floor(at / perDay);
      return { timeMs: day * DAY + at, value: day % 2 === 0 ? 10 : -10 };
    });

  it('holds the mean and is the same for the same seed', () => {
    const interval = dailyInterval(spread(20, 3), 7);
    expect(interval!.low).toBeLessThan(0);
    expect(interval!.high).toBeGreaterThan(0);
    expect(dailyInterval(spread(20, 3), 7)).toEqual(interval);
  });

  it('does not grow surer by counting one day more often', () => {
    const width = (perDay: number): number => {
      const { low, high } = dailyInterval(spread(20, perDay), 7)!;
      return high - low;
    };
    expect(width(50)).toBe(width(1));
  });

  it('is none for one day', () => {
    expect(dailyInterval(spread(1, 9), 7)).toBeUndefined();
  });
});

describe('figures of a row of results', () => {
  it('falls from the highest point, which is 0 at first', () => {
    expect(drawdown([-5, 10, -3, -4, 20])).toBe(7);
    expect(drawdown([-5, -5])).toBe(10);
    expect(drawdown([1, 2])).toBe(0);
  });

  it('is no number without a value', () => {
    expect(mean([])).toBeNaN();
    expect(mean([1, 2])).toBe(1.5);
  });

  it('ranks equal ones in the middle', () => {
    expect(percentileAmong(2, [1, 2, 3, 2])).toBe(0.5);
    expect(percentileAmong(9, [1, 2])).toBe(1);
  });
});
