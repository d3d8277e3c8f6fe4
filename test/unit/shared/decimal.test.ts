import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareDecimals, decimalToNumber, parseDecimal } from '../../../domain/shared/decimal.ts';

const parse = (text: string) => parseDecimal(text, 'price');

describe('a decimal', () => {
  it.each([
    ['146.74', 14_674n, 2],
    ['1.333e-05', 1_333n, 8],
    ['1.5E+3', 1_500n, 0],
    ['2e2', 200n, 0],
    ['-0.10', -10n, 2],
    ['7.', 7n, 0],
    ['0.1000000000000000055511151231257827', 1_000_000_000_000_000_055_511_151_231_257_827n, 34],
  ])('reads %s exactly', (text, digits, scale) => {
    expect(parse(text)).toEqual({ digits, scale });
  });

  it.each(['', ' ', '.5', '1,5', '1e', '0x1', 'NaN', 'Infinity', '1_000', '1e9999', '--1'])(
    'is not made of %j',
    (text) => {
      expect(() => parse(text)).toThrow(/input\/invalid.*price/);
    },
  );

  it('has the value of its digits, whatever the exponent', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.integer({ min: -40, max: 40 }), (digits, exponent) => {
        const { digits: read, scale } = parse(`${digits}e${exponent}`);
        // digits · 10^exponent = read · 10^-scale, both sides without fractions.
        expect(read * 10n ** BigInt(40 - scale)).toBe(digits * 10n ** BigInt(40 + exponent));
      }),
    );
  });

  it('gives the nearest float back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(decimalToNumber(parse(String(value)))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('is compared by value, not by how it is written', () => {
    expect(compareDecimals(parse('1.50'), parse('1.5'))).toBe(0);
    expect(compareDecimals(parse('1e-9'), parse('0'))).toBe(1);
    expect(compareDecimals(parse('-2'), parse('1'))).toBe(-1);
  });
});
