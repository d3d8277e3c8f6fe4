import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isqrt } from '../../../domain/shared/isqrt.ts';

describe('the whole square root', () => {
  it('is the largest number whose square is not above', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n }), (n) => {
        const root = isqrt(n);
        expect(root * root <= n && n < (root + 1n) ** 2n).toBe(true);
      }),
    );
  });

  it('is exact at squares and beside them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 128n }), (root) => {
        expect([isqrt(root ** 2n - 1n), isqrt(root ** 2n)]).toEqual([root - 1n, root]);
      }),
    );
  });

  it('has none for a negative number', () => {
    expect(() => isqrt(-1n)).toThrow(RangeError);
  });
});
