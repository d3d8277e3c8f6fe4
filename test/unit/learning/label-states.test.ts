import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLabeller } from '../../../domain/learning/label-states.ts';

const HORIZON = 30;

/** One bar a unit of time; the state of bar 0 is watched. */
function labelsOver(times: readonly number[], closeAt: (time: number) => number) {
  const labeller = createLabeller(HORIZON, 1);
  return times.flatMap((marketTimeMs, at) => {
    const labels = labeller.add({ marketTimeMs, close: closeAt(marketTimeMs) });
    if (at === 0) labeller.watch(7);
    return labels;
  });
}

const upTo = (last: number): number[] => Array.from({ length: last + 1 }, (_, at) => at);

describe('labels', () => {
  it('come at the horizon and not one bar before', () => {
    expect(labelsOver(upTo(HORIZON - 1), (time) => 100 + time)).toEqual([]);
    const [label, ...more] = labelsOver(upTo(HORIZON + 5), (time) => 100 + time);
    expect(label).toMatchObject({ state: 7, marketTimeMs: 0, resolvedMs: HORIZON });
    expect(label?.outcomeBps).toBeCloseTo(3_000, 9);
    expect(more).toEqual([]);
  });

  it('are negative after a fall', () => {
    const [label] = labelsOver(upTo(HORIZON), (time) => (time === HORIZON ? 99 : 100));
    expect(label?.outcomeBps).toBeCloseTo(-100, 9);
  });

  it('bear one missing bar, at the horizon too, and are void after two', () => {
    const without = (...missing: number[]) =>
      labelsOver(
        upTo(HORIZON + 5).filter((time) => !missing.includes(time)),
        (time) => 100 + time,
      );
    expect(without(10)).toMatchObject([{ resolvedMs: HORIZON }]);
    expect(without(HORIZON)).toMatchObject([{ resolvedMs: HORIZON + 1 }]);
    expect(without(10, 11)).toEqual([]);
    expect(without(HORIZON, HORIZON - 1)).toEqual([]);
    // A gap after the label is none of its business.
    expect(without(HORIZON + 1, HORIZON + 2, HORIZON + 3)).toHaveLength(1);
  });

  it('are those of a naive look ahead, for every state', () => {
    const steps = fc.array(fc.constantFrom(1, 1, 1, 1, 1, 2, 3), { maxLength: 120 });
    fc.assert(
      fc.property(steps, (gaps) => {
        let time = 0;
        const times = [0, ...gaps.map((gap) => (time += gap))];
        const closeAt = (at: number): number => 100 + ((at * 37) % 11);
        const labeller = createLabeller(HORIZON, 1);
        const labels = times.flatMap((marketTimeMs, state) => {
          const made = labeller.add({ marketTimeMs, close: closeAt(marketTimeMs) });
          labeller.watch(state);
          return made;
        });
        const naive = times.flatMap((from, state) => {
          const end = times.findIndex((one) => one >= from + HORIZON);
          if (end < 0) return [];
          const way = times.slice(state, end + 1);
          if (way.some((one, at) => at > 0 && one - way[at - 1]! > 2)) return [];
          return [{ state, resolvedMs: times[end]! }];
        });
        expect(labels.map(({ state, resolvedMs }) => ({ state, resolvedMs }))).toEqual(naive);
      }),
    );
  });
});
