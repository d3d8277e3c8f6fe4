/** `fast` is the executor as shipped; `baseline` is what one would write without it. */
export const SIDES = ['fast', 'baseline'] as const;
export type Side = (typeof SIDES)[number];

export const MARKET = 'SOL-USDC';

export const BASELINE = {
  permits: 'bench:permits',
  reports: 'bench:reports',
  group: 'bench',
} as const;
