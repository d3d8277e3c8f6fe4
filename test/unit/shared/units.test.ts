import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  basisPoints,
  lamports,
  portionOf,
  quoteUnits,
  tokenUnits,
} from '../../../domain/shared/units.ts';
import { wholeNumber } from '../../../domain/shared/whole-number.ts';
import { permitIdOf, splitPermitId } from '../../../domain/shared/ids.ts';

const U64_MAX = 2n ** 64n - 1n;

describe('amounts', () => {
  it.each([lamports, tokenUnits])('hold all of u64 and nothing beyond', (unit) => {
    expect(unit(0n)).toBe(0n);
    expect(unit(U64_MAX)).toBe(U64_MAX);
    expect(() => unit(U64_MAX + 1n)).toThrow(RangeError);
    expect(() => unit(-1n)).toThrow(RangeError);
  });

  it.each([-1, 10_001, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'basis points are never %d',
    (value) => {
      expect(() => basisPoints(value)).toThrow(RangeError);
    },
  );

  it('a portion is rounded down, of a loss as well', () => {
    expect(portionOf(quoteUnits(9_999n), basisPoints(1))).toBe(0n);
    expect(portionOf(quoteUnits(10_000n), basisPoints(1))).toBe(1n);
    expect(portionOf(quoteUnits(-1n), basisPoints(1))).toBe(-1n);
    expect(portionOf(quoteUnits(-10_000n), basisPoints(1))).toBe(-1n);
  });
});

describe('a whole number on a wire', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n }), (value) => {
        expect(wholeNumber(String(value), 'amount')).toBe(value);
      }),
    );
  });

  it.each(['', ' 7 ', '0x10', '1.0', '1e3', '+1', '--1', 'NaN', '9'.repeat(79)])(
    'is not %j',
    (text) => {
      expect(() => wholeNumber(text, 'amount')).toThrow(/input\/invalid.*amount/);
    },
  );

  it.each([7, 7n, undefined, null, {}])('is no other type: %s', (value) => {
    expect(() => wholeNumber(value as string, 'amount')).toThrow(/input\/invalid/);
  });
});

describe('a permit id', () => {
  it('says signal, leg and attempt, even of a signal with slashes', () => {
    const ids = fc.tuple(
      fc.string({ minLength: 1 }).filter((text) => !text.includes('\n')),
      fc.constantFrom('entry' as const, 'exit' as const),
      fc.integer({ min: 1, max: 99_999 }),
    );
    fc.assert(
      fc.property(ids, ([signalId, leg, attempt]) => {
        expect(splitPermitId(permitIdOf(signalId, leg, attempt))).toEqual({
          signalId,
          leg,
          attempt,
        });
      }),
    );
  });

  it.each(['a/entry/0', 'a/entry/01', 'a/swap/1', '/entry/1', 'a/entry/100000', 'a'])(
    'is not %s',
    (id) => {
      expect(splitPermitId(id)).toBeUndefined();
    },
  );
});
