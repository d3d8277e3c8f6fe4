import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

export const PERCENTILES = [50, 90, 99, 99.9] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** Times of one round, as the product's own histograms keep them. */
export type Times = RecordableHistogram;

export const createTimes = (): Times => createHistogram();

export function recordNs(times: Times, ns: bigint): void {
  times.record(ns > 0n ? ns : 1n);
}

/** A figure of several rounds is the one of the median round, in µs. */
export function medianUs(rounds: readonly Times[], percentile: Percentile): number {
  return median(rounds.map((times) => times.percentile(percentile) / 1_000));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const us = (value: number): string =>
  value >= 10_000 ? `${(value / 1_000).toFixed(1)} ms` : `${value.toFixed(0)} µs`;
export const times = (ratio: number): string => `${ratio.toFixed(1)}x`;
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
