import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseFeedTime,
  rowsOfWindow,
  WARMUP_BARS_MAX,
} from '../../../domain/market/feed-window.ts';

const opens = (count: number): number[] => Array.from({ length: count }, (_, at) => at * 60_000);

describe('the window of a recording', () => {
  it('takes a third as history, at most two thousand bars, where no beginning is given', () => {
    expect(rowsOfWindow(opens(900), {})).toEqual({ begin: 0, end: 900, warmupBars: 300 });
    expect(rowsOfWindow(opens(900), { bars: 100 })).toEqual({ begin: 0, end: 100, warmupBars: 33 });
    expect(rowsOfWindow(opens(6_000), {}).warmupBars).toBe(2_000);
    expect(rowsOfWindow(opens(5_999), {}).warmupBars).toBe(1_999);
    expect(rowsOfWindow(opens(9_000), {}).warmupBars).toBe(WARMUP_BARS_MAX);
  });

  it('counts bars from the beginning where one is given, with what lies before as history', () => {
    const fromMs = 500 * 60_000;
    expect(rowsOfWindow(opens(900), { fromMs, bars: 100 })).toEqual({
      begin: 0,
      end: 600,
      warmupBars: 500,
    });
    expect(rowsOfWindow(opens(9_000), { fromMs: 5_000 * 60_000 })).toEqual({
      begin: 3_000,
      end: 9_000,
      warmupBars: 2_000,
    });
  });

  it('begins at the first row that opens at the given time or later', () => {
    expect(rowsOfWindow(opens(10), { fromMs: 120_000 }).warmupBars).toBe(2);
    expect(rowsOfWindow(opens(10), { fromMs: 120_001 }).warmupBars).toBe(3);
  });

  it('ends before the given end', () => {
    expect(rowsOfWindow(opens(10), { toMs: 300_000 }).end).toBe(5);
    expect(rowsOfWindow(opens(10), { toMs: 300_001 }).end).toBe(6);
    expect(rowsOfWindow(opens(10), { fromMs: 120_000, toMs: 240_000 })).toMatchObject({ end: 4 });
  });

  it('never names rows that are not there, nor more history than rows', () => {
    const time = fc.option(fc.integer({ min: -1e6, max: 1e7 }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), time, time, (count, fromMs, toMs) => {
        const window = {
          ...(fromMs === undefined ? {} : { fromMs }),
          ...(toMs === undefined ? {} : { toMs }),
        };
        const { begin, end, warmupBars } = rowsOfWindow(opens(count), window);
        expect(begin).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(count);
        expect(begin + warmupBars).toBeLessThanOrEqual(Math.max(begin, end));
      }),
    );
  });

  it('reads times as dates or milliseconds, and refuses all else by name', () => {
    expect(parseFeedTime('2025-06-01T00:00:00Z', '--from')).toBe(1_748_736_000_000);
    expect(parseFeedTime('1748736000000', '--from')).toBe(1_748_736_000_000);
    expect(() => parseFeedTime('soon', '--from')).toThrow(/input\/invalid.*--from.*soon/);
  });
});
