/** Textbook definitions over whole arrays, written apart from the streaming code they check. */
export type Bars = {
  readonly open: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volume: readonly number[];
};

const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length;

export const deviation = (of: readonly number[]): number =>
  Math.sqrt(mean(of.map((one) => (one - mean(of)) ** 2)));

/** The last `count` up to and including `at`. */
export const lastOf = (of: readonly number[], at: number, count: number): readonly number[] =>
  of.slice(Math.max(0, at + 1 - count), at + 1);

/** Wilder's smoothing: the mean of the first `period`, then a fourteenth of each newcomer. */
function wilder(of: readonly number[], period: number): readonly (number | undefined)[] {
  let smoothed: number | undefined;
  return of.map((one, at) => {
    if (at + 1 < period) return undefined;
    smoothed =
      smoothed === undefined ? mean(of.slice(0, period)) : (smoothed * (period - 1) + one) / period;
    return smoothed;
  });
}

export function averageTrueRange({ high, low, close }: Bars, period = 14) {
  const ranges = close.map((_, at) => {
    const before = close[at - 1];
    if (before === undefined) return high[at]! - low[at]!;
    return Math.max(high[at]!, before) - Math.min(low[at]!, before);
  });
  return wilder(ranges, period);
}

export function relativeStrength({ close }: Bars, period = 14): readonly (number | undefined)[] {
  const changes = close.slice(1).map((one, at) => one - close[at]!);
  const gains = wilder(
    changes.map((change) => Math.max(0, change)),
    period,
  );
  const losses = wilder(
    changes.map((change) => Math.max(0, -change)),
    period,
  );
  const strengths = gains.map((gain, at) =>
    gain === undefined ? undefined : (100 * gain) / (gain + losses[at]!),
  );
  return [undefined, ...strengths];
}

/** Money flow index: typical price times volume, of rising against falling bars. */
export function moneyFlow({ high, low, close, volume }: Bars, at: number, period = 14): number {
  // Summed in TA-Lib's order: prices that are equal must be equal in floats, or flow appears.
  const typical = close.map((one, bar) => (high[bar]! + low[bar]! + one) / 3);
  let [up, down] = [0, 0];
  for (let bar = at - period + 1; bar <= at; bar++) {
    const flow = typical[bar]! * volume[bar]!;
    if (typical[bar]! > typical[bar - 1]!) up += flow;
    if (typical[bar]! < typical[bar - 1]!) down += flow;
  }
  return 100 - 100 / (1 + up / down);
}

export function logReturns({ close }: Bars): readonly number[] {
  return close.map((one, at) => (at === 0 ? 0 : Math.log(one / close[at - 1]!)));
}

/** Exponential mean of all up to `at`, begun with the first. */
export function exponentialMean(of: readonly number[], at: number, period: number): number {
  const share = 2 / (period + 1);
  return of.slice(1, at + 1).reduce((sum, one) => sum + share * (one - sum), of[0]!);
}
