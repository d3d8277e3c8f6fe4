import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNearest } from '../../../domain/analysis/nearest.ts';

describe('nearest', () => {
  it('holds what a stable sort would put first, whatever the order', () => {
    fc.assert(
      fc.property(
        // Few distinct numbers, so that equal ones are common.
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        (squares, count) => {
          const nearest = createNearest(count);
          squares.forEach((squared, row) => nearest.offer(row, squared));
          const sorted = squares
            .map((squared, row) => ({ row, squared }))
            .sort((one, other) => one.squared - other.squared || one.row - other.row);
          expect(nearest.list()).toEqual(sorted.slice(0, count));
        },
      ),
    );
  });

  it('forgets everything when cleared', () => {
    const nearest = createNearest(2);
    nearest.offer(1, 1);
    nearest.clear();
    nearest.offer(7, 9);
    expect(nearest.list()).toEqual([{ row: 7, squared: 9 }]);
  });
});
