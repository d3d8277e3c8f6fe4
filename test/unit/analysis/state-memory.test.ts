import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStateMemory, type StateMemory } from '../../../domain/analysis/state-memory.ts';

const SHAPE = { dimensions: 2, neighbours: 3, capacity: 8 };

type Known = { readonly at: number; readonly outcome: number; readonly resolvedAt: number };

/** State n lies at (n, 0), comes at time n and is resolved, +n bps, at time n + 2. */
function filled(states: number, capacity = SHAPE.capacity): StateMemory {
  const memory = createStateMemory({ ...SHAPE, capacity });
  for (let at = 0; at < states; at++) {
    memory.add(at, [at, 0]);
    memory.resolve(at, at, at + 2);
    memory.recordReading(at, at / 100, 1);
  }
  return memory;
}

const timesOf = (memory: StateMemory, features: readonly number[], upToMs: number) =>
  memory.recall({ features, upToMs })?.nearest.map(({ marketTimeMs }) => marketTimeMs);

describe('state memory', () => {
  it('recalls what a naive sort over everything known by then finds', () => {
    const coordinate = fc.integer({ min: -4, max: 4 });
    const known = fc.record({
      at: fc.tuple(coordinate, coordinate),
      outcome: fc.integer({ min: -50, max: 50 }),
      resolvedAfter: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(known, { maxLength: 40 }),
        fc.tuple(coordinate, coordinate),
        fc.integer({ min: 0, max: 60 }),
        (states, query, upToMs) => {
          const memory = createStateMemory({ ...SHAPE, capacity: 100 });
          states.forEach(({ at, outcome, resolvedAfter }, time) => {
            memory.add(time, at);
            memory.resolve(time, outcome, time + resolvedAfter);
          });
          const voters = states
            .map(({ at, outcome, resolvedAfter }, time) => ({
              marketTimeMs: time,
              squaredDistance: (at[0] - query[0]) ** 2 + (at[1] - query[1]) ** 2,
              outcomeBps: outcome,
              resolvedMs: time + resolvedAfter,
            }))
            .filter(({ resolvedMs }) => resolvedMs <= upToMs);
          const sorted = voters
            .toSorted((one, other) => one.squaredDistance - other.squaredDistance)
            .map(({ resolvedMs: _, ...state }) => state);
          const recall = memory.recall({ features: query, upToMs });
          expect(recall?.nearest).toEqual(sorted.slice(0, 3));
          expect(recall?.figures.size).toBe(voters.length);
          const rises = voters.filter(({ outcomeBps }) => outcomeBps > 0);
          expect(recall?.figures.riseShare).toBeCloseTo(
            voters.length === 0 ? 0 : rises.length / voters.length,
          );
        },
      ),
    );
  });

  it('lets an outcome vote at the moment it is known and not one earlier', () => {
    expect(timesOf(filled(6), [3, 0], 4)).toEqual([2, 1, 0]);
    expect(timesOf(filled(6), [3, 0], 5)).toEqual([3, 2, 1]);
  });

  it('never lets a state without an outcome vote', () => {
    const memory = createStateMemory(SHAPE);
    memory.add(0, [0, 0]);
    expect(memory.recall({ features: [0, 0], upToMs: 1_000 })).toMatchObject({
      nearest: [],
      figures: { size: 0, meanMoveBps: 0 },
    });
  });

  it('forgets what lies beyond its capacity', () => {
    expect(timesOf(filled(20), [0, 0], 21)).toEqual([12, 13, 14]);
  });

  it('answers a late question as it would have in time, or not at all', () => {
    const inTime = filled(20).recall({ features: [15, 0], upToMs: 19 });
    for (const later of [21, 500, 1_044]) {
      expect(filled(later).recall({ features: [15, 0], upToMs: 19 })).toEqual(inTime);
    }
    // State 19 is now more than 1,024 states back: what it could see is partly overwritten.
    expect(filled(1_045).recall({ features: [15, 0], upToMs: 19 })).toBeUndefined();
  });

  it('lists strengths before a time, newest first, as far as they go', () => {
    const memory = filled(6, 100);
    expect(memory.strengthsBefore(4, 3)).toEqual([0.03, 0.02, 0.01]);
    expect(memory.strengthsBefore(0, 3)).toEqual([]);
    memory.add(6, [6, 0]); // Without a reading it has no strength to rank.
    expect(memory.strengthsBefore(7, 2)).toEqual([0.05, 0.04]);
  });

  it('measures itself by what its states found', () => {
    const memory = createStateMemory(SHAPE);
    const states: readonly Known[] = [
      { at: 0, outcome: 10, resolvedAt: 1 },
      { at: 3, outcome: -30, resolvedAt: 2 },
    ];
    states.forEach(({ at, outcome, resolvedAt }, time) => {
      memory.add(time, [at, 0]);
      memory.resolve(time, outcome, resolvedAt);
      memory.recordReading(time, 0, 5 + time);
    });
    expect(memory.recall({ features: [0, 4], upToMs: 2 })).toMatchObject({
      figures: {
        size: 2,
        riseShare: 0.5,
        meanRiseBps: 10,
        meanFallBps: 30,
        meanMoveBps: 20,
        meanDistance: 5.5,
      },
      distanceToMemory: 4.5,
    });
  });
});
