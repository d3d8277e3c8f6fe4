import { medianUs, PERCENTILES, type Percentile } from '../shared/figures.ts';
import type { Round } from './collect.ts';
import type { PerSide, Sustained } from './measure.ts';
import type { Side } from './names.ts';
import type { StageTable } from './open-bench.ts';

export const REGIMES = ['idle', 'loaded'] as const;
export type Regime = (typeof REGIMES)[number];
export type Path = Exclude<keyof Round, 'refused'>;

/** Every round of every regime, and what else was measured beside them. */
export type Results = {
  readonly paced: Readonly<Record<Regime, readonly PerSide<Round>[]>>;
  /** Permits a second, the median round. */
  readonly throughput: PerSide<number>;
  readonly sustained: PerSide<Sustained>;
  /** Cost of recording the stages: p50 of the path with and without, in ns. */
  readonly recording: { readonly withNs: number; readonly withoutNs: number };
  /** The executor's own histograms, over all that was sent through it. */
  readonly stages: StageTable;
  readonly conditions: Readonly<Record<Regime, string>>;
};

export type Figures = PerSide<Readonly<Record<Percentile, number>>> & {
  /** How many times the baseline takes. */
  readonly ratio: (percentile: Percentile) => number;
  /** How many times the floor the executor takes. */
  readonly ofFloor: (percentile: Percentile) => number;
};

export function figuresOf({ paced }: Results, regime: Regime, path: Path): Figures {
  const of = (side: Side): Record<Percentile, number> => {
    const rounds = paced[regime].map((round) => round[side][path]);
    return Object.fromEntries(
      PERCENTILES.map((percentile) => [percentile, medianUs(rounds, percentile)]),
    ) as Record<Percentile, number>; // `fromEntries` forgets the keys.
  };
  const [fast, baseline, floor] = [of('fast'), of('baseline'), of('floor')];
  return {
    ...{ fast, baseline, floor },
    ratio: (percentile) => baseline[percentile] / fast[percentile],
    ofFloor: (percentile) => fast[percentile] / floor[percentile],
  };
}

/** Permits that the executor refused, of all; a bench of refusals would measure nothing. */
export function refusedShare({ paced }: Results, events: number): number {
  const rounds = REGIMES.flatMap((regime) => paced[regime]);
  const refused = rounds.flatMap(({ fast }) => [...fast.refused.values()]);
  return refused.reduce((sum, one) => sum + one, 0) / (rounds.length * events);
}

export type Gate = {
  readonly what: string;
  readonly ratio: number;
  readonly min: number;
  /** How many times the floor the executor takes, and how many times it may. */
  readonly ofFloor: number;
  readonly ofFloorMax: number;
  readonly met: boolean;
};

/** What read, checks, quote and report may add to the work that nobody can leave out. */
const OF_FLOOR_MAX = { time: 2, throughput: 3 };

/**
 * Only ratios are gated: all sides ran in the same minutes of the same machine. A gate is met by the
 * distance to the baseline, or by nearness to the floor where the machine allows no such distance:
 * docs/decisions/0010-hot-path-gates.md.
 */
export function gatesOf(results: Results): readonly Gate[] {
  const { fast, baseline, floor } = results.throughput;
  const path = figuresOf(results, 'idle', 'readToWire');
  const whole = figuresOf(results, 'idle', 'publishToEngine');
  const timed = (what: string, figures: Figures, percentile: 50 | 99, min: number): Gate => {
    const [ratio, ofFloor] = [figures.ratio(percentile), figures.ofFloor(percentile)];
    return gateOf({ what, ratio, min, ofFloor, ofFloorMax: OF_FLOOR_MAX.time });
  };
  return [
    timed('read to wire p50', path, 50, 10),
    timed('read to wire p99', path, 99, 6),
    timed('approver to engine p50', whole, 50, 5),
    timed('approver to engine p99', whole, 99, 3),
    gateOf({
      what: 'throughput',
      ratio: fast / baseline,
      min: 15,
      ofFloor: floor / fast,
      ofFloorMax: OF_FLOOR_MAX.throughput,
    }),
  ];
}

function gateOf(gate: Omit<Gate, 'met'>): Gate {
  return { ...gate, met: gate.ratio >= gate.min || gate.ofFloor <= gate.ofFloorMax };
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
