/**
 * `fast` is the executor as shipped; `baseline` is what one would write without it; `floor` does only
 * what no executor can leave out.
 */
export const SIDES = ['fast', 'baseline', 'floor'] as const;
export type Side = (typeof SIDES)[number];
export const SIDE_NAMES: Readonly<Record<Side, string>> = {
  fast: 'executor',
  baseline: 'baseline',
  floor: 'floor',
};

export const MARKET = 'SOL-USDC';

/** Where the bench's own executors read and report. */
export const LANES = {
  baseline: { permits: 'bench:permits', reports: 'bench:reports', group: 'bench' },
  floor: { permits: 'bench:floor:permits', reports: 'bench:floor:reports', group: 'bench' },
} as const;
