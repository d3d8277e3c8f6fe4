import { medianUs, PERCENTILES, type Percentile } from '../shared/figures.ts';
import type { Round } from './collect.ts';
import type { Both, Sustained } from './measure.ts';
import { SIDES } from './names.ts';
import type { StageTable } from './open-bench.ts';

export const REGIMES = ['idle', 'loaded'] as const;
export type Regime = (typeof REGIMES)[number];
export type Path = Exclude<keyof Round, 'refused'>;

/** Every round of every regime, and what else was measured beside them. */
export type Results = {
  readonly paced: Readonly<Record<Regime, readonly Both<Round>[]>>;
  /** Permits a second, the median round. */
  readonly throughput: Both<number>;
  readonly sustained: Both<Sustained>;
  /** Cost of recording the stages: p50 of the path with and without, in ns. */
  readonly recording: { readonly withNs: number; readonly withoutNs: number };
  /** The executor's own histograms, over all that was sent through it. */
  readonly stages: StageTable;
  readonly conditions: Readonly<Record<Regime, string>>;
};

export type Figures = Both<Readonly<Record<Percentile, number>>> & {
  readonly ratio: (percentile: Percentile) => number;
};

export function figuresOf({ paced }: Results, regime: Regime, path: Path): Figures {
  const [fast, baseline] = SIDES.map((side) =>
    Object.fromEntries(
      PERCENTILES.map((percentile) => [
        percentile,
        medianUs(
          paced[regime].map((round) => round[side][path]),
          percentile,
        ),
      ]),
    ),
  ) as [Record<Percentile, number>, Record<Percentile, number>]; // One a side, one key a percentile.
  return { fast, baseline, ratio: (percentile) => baseline[percentile] / fast[percentile] };
}

/** Permits that the executor refused, of all; a bench of refusals would measure nothing. */
export function refusedShare({ paced }: Results, events: number): number {
  const rounds = REGIMES.flatMap((regime) => paced[regime]);
  const refused = rounds.flatMap(({ fast }) => [...fast.refused.values()]);
  return refused.reduce((sum, one) => sum + one, 0) / (rounds.length * events);
}

export type Gate = { readonly what: string; readonly ratio: number; readonly min: number };

/** Only ratios are gated: both sides ran in the same minutes of the same machine. */
export function gatesOf(results: Results): readonly Gate[] {
  const { fast, baseline } = results.throughput;
  const path = figuresOf(results, 'idle', 'readToWire');
  const whole = figuresOf(results, 'idle', 'publishToEngine');
  return [
    { what: 'read to wire p50', ratio: path.ratio(50), min: 10 },
    { what: 'read to wire p99', ratio: path.ratio(99), min: 6 },
    { what: 'approver to engine p50', ratio: whole.ratio(50), min: 5 },
    { what: 'approver to engine p99', ratio: whole.ratio(99), min: 3 },
    { what: 'throughput', ratio: fast / baseline, min: 15 },
  ];
}

export type Goal = { readonly what: string; readonly is: number; readonly met: boolean };

/** What is asked for in absolute terms, which a slow or busy machine may miss. */
export function goalsOf(results: Results): readonly Goal[] {
  const path = figuresOf(results, 'idle', 'readToWire').fast;
  const whole = figuresOf(results, 'idle', 'publishToEngine').fast;
  const { fast } = results.sustained;
  const scavenges = (fast.scavenges / (fast.perSecond * fast.seconds)) * 2_000;
  const most = (what: string, is: number, limit: number): Goal => ({ what, is, met: is <= limit });
  return [
    most('read to wire p50 ≤ 150 µs', path[50], 150),
    most('read to wire p99 ≤ 500 µs', path[99], 500),
    most('approver to engine p50 ≤ 500 µs', whole[50], 500),
    most('approver to engine p99 ≤ 2,000 µs', whole[99], 2_000),
    {
      what: 'throughput ≥ 10,000 permits/s',
      is: results.throughput.fast,
      met: results.throughput.fast >= 10_000,
    },
    most('CPU at 1,000 permits/s ≤ 20 %', fast.cpuShare * 100, 20),
    most('scavenges per 2,000 permits ≤ 1', scavenges, 1),
  ];
}
