/** What is said while nothing has landed yet: the least a bundle must tip. */
const LAMPORTS_MIN = 1_000;
const LAMPORTS_A_SOL = 1_000_000_000;
/** Of the last bundles; older tips say nothing of the next auction. */
const TIPS_KEPT = 1_000;
/** Share of the newest median in the moving average. */
const EMA_WEIGHT = 0.05;

/** As Jito says it: amounts are SOL, as floating point numbers. */
export type TipFloor = {
  readonly time: string;
  readonly landed_tips_25th_percentile: number;
  readonly landed_tips_50th_percentile: number;
  readonly landed_tips_75th_percentile: number;
  readonly landed_tips_95th_percentile: number;
  readonly landed_tips_99th_percentile: number;
  readonly ema_landed_tips_50th_percentile: number;
};

export type Tips = ReturnType<typeof createTips>;

/** What landed bundles have tipped lately. A statistic, not money: numbers are exact enough. */
export function createTips() {
  const kept: number[] = [];
  let sorted: readonly number[] = [];
  let average: number | undefined;

  /** The nearest rank: always a tip that somebody paid. */
  const percentile = (percent: number): number =>
    sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? LAMPORTS_MIN;

  return {
    /** The tips of one slot's bundles. */
    add(lamports: readonly bigint[]): void {
      if (lamports.length === 0) return;
      kept.push(...lamports.map(Number));
      kept.splice(0, kept.length - TIPS_KEPT);
      sorted = kept.toSorted((a, b) => a - b);
      const median = percentile(50);
      average = average === undefined ? median : average + (median - average) * EMA_WEIGHT;
    },
    floor: (unixSeconds: number): TipFloor => ({
      time: new Date(unixSeconds * 1_000).toISOString(),
      landed_tips_25th_percentile: percentile(25) / LAMPORTS_A_SOL,
      landed_tips_50th_percentile: percentile(50) / LAMPORTS_A_SOL,
      landed_tips_75th_percentile: percentile(75) / LAMPORTS_A_SOL,
      landed_tips_95th_percentile: percentile(95) / LAMPORTS_A_SOL,
      landed_tips_99th_percentile: percentile(99) / LAMPORTS_A_SOL,
      ema_landed_tips_50th_percentile: (average ?? LAMPORTS_MIN) / LAMPORTS_A_SOL,
    }),
  };
}
