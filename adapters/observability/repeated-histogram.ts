import type { Histogram, Registry } from 'prom-client';

/** What one series has measured so far, in the metric's own unit. Bounds rise, counts are cumulative. */
export type Distribution = {
  readonly count: number;
  readonly sum: number;
  readonly buckets: readonly (readonly [le: number, count: number])[];
};

/** A histogram that another process has measured; here it is only repeated. */
export type RepeatedHistogram = {
  set(labels: Readonly<Record<string, string>>, distribution: Distribution): void;
  reset(): void;
};

type Sample = {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
};

/** prom-client's own histogram can only observe, one value at a time. */
export function registerRepeatedHistogram(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
): RepeatedHistogram {
  const series = new Map<string, readonly Sample[]>();
  const reset = (): void => series.clear();
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: async () => ({ name, help, type: 'histogram', values: [...series.values()].flat() }),
    reset,
  };
  // A registry asks a metric for its name and its samples; that it is a class of its own, it does not.
  registry.registerMetric(metric as unknown as Histogram);
  return {
    set: (labels, distribution) =>
      void series.set(JSON.stringify(labels), samplesOf(name, labels, distribution)),
    reset,
  };
}

function samplesOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  { count, sum, buckets }: Distribution,
): readonly Sample[] {
  const upTo = (le: number | string, value: number): Sample => ({
    metricName: `${name}_bucket`,
    labels: { le, ...labels },
    value,
  });
  return [
    ...buckets.map(([le, value]) => upTo(le, value)),
    upTo('+Inf', count),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
