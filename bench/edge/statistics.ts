import { createRandom } from '../../adapters/market-data/random.ts';

export type Interval = { readonly low: number; readonly high: number };

/** NaN for none: nothing was measured, so it is no 0. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** 97.5 % quantile of the normal distribution: two-sided 95 %. */
const Z = 1.959963985;

/** Wilson's 95 % interval of a share. Without a trial it can be anything from 0 to 1. */
export function wilson(hits: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const share = hits / trials;
  const z2 = (Z * Z) / trials;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z / (1 + z2)) * Math.sqrt((share * (1 - share)) / trials + z2 / 4 / trials);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

export type Dated = { readonly timeMs: number; readonly value: number };

const DAY_MS = 86_400_000;
const RESAMPLES = 2_000;

/**
 * 95 % interval of a mean by resampling whole UTC days with replacement, seeded. What falls on one
 * day, in whichever market, shares its luck; counted one by one it would look more certain than it
 * is. Undefined below two days.
 */
export function dailyInterval(values: readonly Dated[], seed: number): Interval | undefined {
  const byDay = new Map<number, { count: number; sum: number }>();
  for (const { timeMs, value } of values) {
    const day = Math.floor(timeMs / DAY_MS);
    const { count, sum } = byDay.get(day) ?? { count: 0, sum: 0 };
    byDay.set(day, { count: count + 1, sum: sum + value });
  }
  const days = [...byDay.values()];
  if (days.length < 2) return undefined;
  const random = createRandom(seed);
  const means = Array.from({ length: RESAMPLES }, () => {
    let [count, sum] = [0, 0];
    for (let turn = 0; turn < days.length; turn++) {
      const day = days[Math.floor(random.next() * days.length)];
      count += day?.count ?? 0;
      sum += day?.sum ?? 0;
    }
    return sum / count;
  });
  const [low = NaN, high = NaN] = quantilesOf(means, [0.025, 0.975]);
  return { low, high };
}

/** The value below which each share of `values` lies, 0–1; NaN without any. */
export function quantilesOf(
  values: readonly number[],
  shares: readonly number[],
): readonly number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return shares.map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN);
}

/** Deepest fall of the running sum below its highest point so far, which begins at 0; ≥ 0. */
export function drawdown(steps: readonly number[]): number {
  let [sum, peak, deepest] = [0, 0, 0];
  for (const step of steps) {
    sum += step;
    peak = Math.max(peak, sum);
    deepest = Math.max(deepest, peak - sum);
  }
  return deepest;
}

/** Share of `others` below `value`, equal ones counted half; 0–1. */
export function percentileAmong(value: number, others: readonly number[]): number {
  const below = others.filter((other) => other < value).length;
  const equal = others.filter((other) => other === value).length;
  return (below + equal / 2) / others.length;
}
