/** Percentiles of one series, in the unit of its samples. */
export type Spread = {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Each figure's median over the rounds: one disturbed round decides nothing. */
export function medianRound(rounds: readonly (readonly number[])[]): Spread {
  const spreads = rounds.map(spreadOf);
  return {
    count: spreads.reduce((sum, { count }) => sum + count, 0),
    p50: median(spreads.map(({ p50 }) => p50)),
    p99: median(spreads.map(({ p99 }) => p99)),
    max: Math.max(...spreads.map(({ max }) => max)),
  };
}

export const median = (values: readonly number[]): number => spreadOf(values).p50;

/** `1.84 / 3.02 ms`. */
export function msText({ p50, p99 }: Spread): string {
  return `${short(p50)} / ${short(p99)} ms`;
}

/** How many times the baseline takes as long: p50 and p99. */
export function timesText(ours: Spread, baseline: Spread): string {
  return `${short(baseline.p50 / ours.p50)}x / ${short(baseline.p99 / ours.p99)}x`;
}

/** Three digits that mean something. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}
