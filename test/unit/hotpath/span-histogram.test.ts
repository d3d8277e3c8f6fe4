import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSpanHistogram } from '../../../hotpath/span-histogram.ts';

const NS_MAX = 2 ** 32 - 1;
const spans = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: NS_MAX })),
  {
    minLength: 1,
    maxLength: 200,
  },
);

function recorded(ns: readonly number[]) {
  const histogram = createSpanHistogram();
  for (const one of ns) histogram.record(one);
  return histogram.read();
}

describe('a histogram of spans', () => {
  it('counts below each bound exactly what lies below it', () => {
    fc.assert(
      fc.property(spans, (ns) => {
        const { buckets, count } = recorded(ns);
        expect(count).toBe(ns.length);
        for (const [leUs, below] of buckets) {
          expect(below).toBe(ns.filter((one) => one < leUs * 1_000).length);
        }
      }),
    );
  });

  it('gives quantiles that are never too low and at most a sixtieth too high', () => {
    fc.assert(
      fc.property(spans, (ns) => {
        const sorted = ns.toSorted((a, b) => a - b);
        const figures = recorded(ns);
        const exact = (share: number): number =>
          (sorted[Math.max(0, Math.ceil(share * ns.length) - 1)] ?? NaN) / 1_000;
        for (const [share, said] of [
          [0.5, figures.p50Us],
          [0.9, figures.p90Us],
          [0.99, figures.p99Us],
          [0.999, figures.p999Us],
        ] as const) {
          // Figures are rounded to a tenth of a microsecond.
          expect(said).toBeGreaterThanOrEqual(exact(share) - 0.051);
          expect(said).toBeLessThanOrEqual(exact(share) * (1 + 1 / 60) + 0.051);
        }
      }),
    );
  });

  it('knows longest and sum, and takes no span as a long one', () => {
    expect(recorded([900, 1_000, 7_000, 900_000_000])).toMatchObject({
      count: 4,
      sumUs: 900_008.9,
      maxUs: 900_000,
    });
    const odd = recorded([0, -5, 1e12]);
    expect(odd).toMatchObject({ count: 3, p50Us: 0, maxUs: 4_294_967.3 });
    expect(odd.buckets.at(-1)?.[1]).toBe(2);
  });

  it('shows nothing where nothing was measured', () => {
    const { buckets, ...figures } = recorded([]);
    expect(figures).toEqual({
      ...{ count: 0, sumUs: 0, maxUs: 0 },
      ...{ p50Us: 0, p90Us: 0, p99Us: 0, p999Us: 0 },
    });
    expect(buckets.every(([, count]) => count === 0)).toBe(true);
  });
});
