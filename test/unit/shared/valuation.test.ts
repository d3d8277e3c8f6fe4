import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal } from '../../../domain/shared/decimal.ts';
import {
  ceilDivide,
  floorDivide,
  lamportsInQuote,
  valueInQuote,
} from '../../../domain/shared/valuation.ts';

const price = (text: string) => parseDecimal(text, 'price');
const sol = { baseDecimals: 9, quoteDecimals: 6 };

describe('the value of an amount', () => {
  it.each([
    { how: 'exact, either way', amount: 1_500_000_000n, at: '146.74', value: 220_110_000n },
    { how: 'down, when it is ours', amount: 1n, at: '146.74', value: 0n },
    { how: 'up, when we owe it', amount: 1n, at: '146.74', rounding: 'up', value: 1n },
    { how: 'down past zero, when ours is a loss', amount: -1n, at: '146.74', value: -1n },
    { how: 'exact at a price with an exponent', amount: 10n ** 9n, at: '1.333e-05', value: 13n },
  ] as const)('is rounded $how', ({ amount, at, value, ...one }) => {
    const rounding = 'rounding' in one ? one.rounding : 'down';
    expect(valueInQuote(amount, { price: price(at), ...sol, rounding })).toBe(value);
  });

  it('up is down, or one unit more where something was cut off', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 12n }), (amount, digits) => {
        const terms = { price: { digits, scale: 7 }, ...sol };
        const down = valueInQuote(amount, { ...terms, rounding: 'down' });
        const up = valueInQuote(amount, { ...terms, rounding: 'up' });
        const isExact = (amount * digits) % 10n ** 10n === 0n;
        expect(up - down).toBe(isExact ? 0n : 1n);
      }),
    );
  });

  it('of lamports follows the price of SOL', () => {
    expect(lamportsInQuote(140_000n, price('150'), 6, 'up')).toBe(21_000n);
    expect(lamportsInQuote(140_001n, price('150'), 6, 'up')).toBe(21_001n);
  });
});

describe('division', () => {
  it('goes to the whole number below, or above, for negative numbers as well', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 20n }), (numerator, divisor) => {
        const floor = floorDivide(numerator, divisor);
        const ceil = ceilDivide(numerator, divisor);
        expect(floor * divisor <= numerator && numerator < (floor + 1n) * divisor).toBe(true);
        expect((ceil - 1n) * divisor < numerator && numerator <= ceil * divisor).toBe(true);
      }),
    );
  });
});
