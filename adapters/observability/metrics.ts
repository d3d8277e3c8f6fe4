import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  COUNTERS,
  GAUGES,
  HISTOGRAMS,
  TIMINGS,
  TOTALS,
  type Declarations,
} from './declarations.ts';
import { registerRepeatedHistogram, type RepeatedHistogram } from './repeated-histogram.ts';

/** From a page that is ready to one that waits for a slow part, in seconds. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export type Metrics = {
  readonly registry: Registry;
  readonly gauges: { readonly [Key in keyof typeof GAUGES]: Gauge };
  readonly totals: { readonly [Key in keyof typeof TOTALS]: Counter };
  readonly counters: { readonly [Key in keyof typeof COUNTERS]: Counter };
  readonly histograms: { readonly [Key in keyof typeof HISTOGRAMS]: RepeatedHistogram };
  readonly timings: { readonly [Key in keyof typeof TIMINGS]: Histogram };
};

/** Its own registry, so that two in one process do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const options = ([name, help, labels]: Declarations[string]) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    registry,
    gauges: mapOf(GAUGES, (declared) => new Gauge(options(declared))),
    totals: mapOf(TOTALS, (declared) => new Counter(options(declared))),
    counters: mapOf(COUNTERS, (declared) => new Counter(options(declared))),
    histograms: mapOf(HISTOGRAMS, ([name, help]) =>
      registerRepeatedHistogram(registry, { name, help }),
    ),
    timings: mapOf(
      TIMINGS,
      (declared) => new Histogram({ ...options(declared), buckets: REQUEST_BUCKETS }),
    ),
  };
}

/** A counter that repeats what another process counted. */
export function setTotal(
  counter: Counter,
  labels: Readonly<Record<string, string>>,
  value: number,
): void {
  counter.remove(labels);
  counter.inc({ ...labels }, value);
}

function mapOf<Declared extends Declarations, Made>(
  declared: Declared,
  make: (declaration: Declarations[string]) => Made,
): { readonly [Key in keyof Declared]: Made } {
  const made = Object.entries(declared).map(([key, declaration]) => [key, make(declaration)]);
  return Object.fromEntries(made) as { readonly [Key in keyof Declared]: Made }; // Same keys.
}
