import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNearest } from '../../../domain/analysis/nearest.ts';
import { scanStates } from '../../../domain/analysis/scan-states.ts';
import { addToRing, createStateRing, type StateRing } from '../../../domain/analysis/state-ring.ts';

const NEIGHBOURS = 5;

/** By the number of the state, as they were given. */
type Vectors = readonly (readonly number[])[];
type Asked = { readonly query: Float32Array; readonly first: number; readonly last: number };

/** One row after the other, one dimension after the other, sorted as a whole: nothing clever. */
function naively(ring: StateRing, vectors: Vectors, { query, first, last }: Asked) {
  const near: { row: number; squared: number }[] = [];
  let distance = 0;
  for (let state = first; state <= last; state++) {
    const row = state % ring.rows;
    if ((ring.resolvedAt[row] ?? Infinity) > 0 || ring.revoked[row] === 1) continue;
    let squared = 0;
    for (const [at, wanted] of query.entries()) {
      const gap = Math.fround(vectors[state]?.[at] ?? NaN) - wanted;
      squared += gap * gap;
    }
    distance += Math.sqrt(squared);
    near.push({ row, squared });
  }
  const nearest = near.toSorted((one, other) => one.squared - other.squared).slice(0, NEIGHBOURS);
  return {
    nearest,
    size: near.length,
    distanceToMemory: near.length > 0 ? distance / near.length : 0,
  };
}

describe('a scan of the memory', () => {
  it('gives the very bits of a plain one, wherever the ring begins and whatever was revoked', () => {
    const number = fc.float({ min: -1_000, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          dimensions: fc.integer({ min: 1, max: 27 }),
          rows: fc.integer({ min: 1, max: 23 }),
          states: fc.integer({ min: 0, max: 60 }),
          numbers: fc.array(number, { minLength: 50, maxLength: 200 }),
          fates: fc.array(fc.constantFrom('known', 'known', 'unknown', 'revoked'), {
            minLength: 7,
            maxLength: 7,
          }),
          span: fc.tuple(fc.nat(), fc.nat()),
        }),
        ({ dimensions, rows, states, numbers, fates, span }) => {
          const ring = createStateRing(dimensions, rows);
          const vectors: number[][] = [];
          const numberAt = (at: number): number => numbers[at % numbers.length] ?? 0;
          for (let state = 0; state < states; state++) {
            const from = state * dimensions;
            const vector = Array.from({ length: dimensions }, (_, at) => numberAt(from + at));
            vectors.push(vector);
            addToRing(ring, state, vector);
            const fate = fates[state % fates.length];
            if (fate !== 'unknown') ring.resolvedAt[state % rows] = 0;
            if (fate === 'revoked') ring.revoked[state % rows] = 1;
          }
          const query = Float32Array.from({ length: dimensions }, (_, at) => numberAt(3 * at + 1));
          const oldest = Math.max(0, states - rows);
          const first = oldest + (span[0] % Math.max(1, states - oldest));
          const last = states === 0 ? -1 : first + (span[1] % (states - first));
          const nearest = createNearest(NEIGHBOURS);
          const scan = scanStates(ring, { query, first, last, upToMs: 0 }, nearest);
          const plain = naively(ring, vectors, { query, first, last });
          expect(nearest.list()).toEqual(plain.nearest);
          expect(scan.figures.size).toBe(plain.size);
          expect(scan.distanceToMemory).toBe(plain.distanceToMemory);
        },
      ),
      { numRuns: 500 },
    );
  });
});
