import type { Interval } from './statistics.ts';

const NONE = '–';

export const bps = (value: number): string =>
  Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}` : NONE;

export const intervalText = (interval: Interval | undefined): string =>
  interval ? `${bps(interval.low)} to ${bps(interval.high)}` : NONE;

/** A share, 0–1, in whole percent. */
export const percent = (share: number): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(0)} %` : NONE;

export const decimals = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : NONE;

/** A Markdown table; the first row is the head. Numbers stand right. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const rule = head.map((_, at) => (at === 0 ? '---' : '--:'));
  return [head, rule, ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
