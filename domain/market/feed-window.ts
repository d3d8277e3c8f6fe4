import { OvermindError } from '../shared/errors.ts';

/** History consumed before trading: enough for the indicators and a first memory. */
export const WARMUP_BARS_MAX = 2_000;

/** A time given as ISO date or as milliseconds. Throws `input/invalid` that names `field`. */
export function parseFeedTime(text: string, field: string): number {
  const time = /^\d{9,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(time)) return time;
  const expected = 'an ISO date such as 2025-06-01T00:00:00Z, or milliseconds';
  throw new OvermindError('input/invalid', { field, got: text, expected });
}

export type FeedWindow = {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly bars?: number;
};

/** Which rows of a recording are used: the half-open range of indexes and how many are history. */
export type RowRange = {
  readonly begin: number;
  readonly end: number;
  readonly warmupBars: number;
};

/**
 * With `fromMs` trading begins at the first row that opens there or later, `bars` counts from
 * there, and up to 2,000 rows before it are history. Without, `bars` counts from the first row and
 * the first min(2,000, a third) are history. `opens` rises.
 */
export function rowsOfWindow(opens: readonly number[], window: FeedWindow): RowRange {
  const { fromMs, toMs = Infinity, bars = Infinity } = window;
  const beyond = firstAtOrAfter(opens, toMs);
  if (fromMs === undefined) {
    const end = Math.min(beyond, bars);
    return { begin: 0, end, warmupBars: Math.min(WARMUP_BARS_MAX, Math.floor(end / 3)) };
  }
  const from = firstAtOrAfter(opens, fromMs);
  const warmupBars = Math.min(WARMUP_BARS_MAX, from);
  return {
    begin: from - warmupBars,
    end: Math.max(from, Math.min(beyond, from + bars)),
    warmupBars,
  };
}

function firstAtOrAfter(opens: readonly number[], timeMs: number): number {
  let [low, high] = [0, opens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((opens[middle] ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
