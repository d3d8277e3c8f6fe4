import { createSpanHistogram, type SpanFigures, type SpanHistogram } from './span-histogram.ts';

const STAGES = [
  'delivery',
  'authenticate',
  'look',
  'sign',
  'journal',
  'send',
  'permitToWire',
  'reply',
] as const;
export type Stage = (typeof STAGES)[number];

export type Stages = {
  record(stage: Stage, ns: bigint): void;
  count(name: string): void;
  read(): {
    readonly stages: Record<Stage, SpanFigures>;
    readonly counters: Readonly<Record<string, number>>;
  };
};

/** Histograms and counters of the path: recording is cheap, reading is for the metrics page. */
export function createStages(): Stages {
  const histograms = Object.fromEntries(
    STAGES.map((stage) => [stage, createSpanHistogram()]),
  ) as Record<Stage, SpanHistogram>; // `fromEntries` forgets the keys.
  const counters = new Map<string, number>();
  return {
    record: (stage, ns) => histograms[stage].record(Number(ns)),
    count(name) {
      counters.set(name, (counters.get(name) ?? 0) + 1);
    },
    read: () => ({
      stages: Object.fromEntries(
        STAGES.map((stage) => [stage, histograms[stage].read()]),
      ) as Record<Stage, SpanFigures>, // As above.
      counters: Object.fromEntries(counters),
    }),
  };
}
