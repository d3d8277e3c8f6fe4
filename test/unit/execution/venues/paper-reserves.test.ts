import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadMarkets } from '../../../../config/markets.ts';
import { paperReserves } from '../../../../domain/execution/venues/paper-reserves.ts';
import { parseDecimal } from '../../../../domain/shared/decimal.ts';
import { isqrt } from '../../../../domain/shared/isqrt.ts';
import { quoteUnits } from '../../../../domain/shared/units.ts';

const market = {
  base: { symbol: 'SOL', mint: '', decimals: 9 },
  quote: { symbol: 'USDC', mint: '', decimals: 6 },
  paperDepth: quoteUnits(1_000_000_000_000n),
};

describe('paper reserves', () => {
  it('hold the depth at a round price', () => {
    const reserves = paperReserves(parseDecimal('100', 'price'), market);
    expect(reserves).toEqual({ base: 10_000_000_000_000n, quote: 1_000_000_000_000n });
  });

  it('show tiny prices with an exponent', () => {
    const [bonk] = loadMarkets(['BONK-USDC']);
    if (!bonk) throw new Error('BONK-USDC is registered');
    const { base, quote } = paperReserves(parseDecimal('1.333e-05', 'price'), bonk);
    // 1.333e-05 USDC a BONK = 1.333e-4 micro-USDC a base unit.
    const price = (Number(quote) / Number(base)) * 1e4;
    expect(Math.abs(price / 1.333 - 1)).toBeLessThan(1e-12);
  });

  it('are within one part in a million of any price of a registered market', () => {
    const cents = fc.bigInt({ min: 1n, max: 10_000_000n });
    fc.assert(
      fc.property(cents, (digits) => {
        const { base, quote } = paperReserves({ digits, scale: 2 }, market);
        // quote / base against digits · 10^6 / 10^(2 + 9), cross-multiplied.
        const difference = quote * 10n ** 11n - base * digits * 10n ** 6n;
        const bound = (base * digits * 10n ** 6n) / 1_000_000n;
        expect(difference < 0n ? -difference : difference).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it.each(['0', '-1', '1e-30', '1e30'])('refuse the price %s', (text) => {
    expect(() => paperReserves(parseDecimal(text, 'price'), market)).toThrow(
      /input\/invalid.*price/,
    );
  });
});

describe('isqrt', () => {
  it('is the floor of the root', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (n) => {
        const root = isqrt(n);
        expect(root * root <= n && n < (root + 1n) * (root + 1n)).toBe(true);
      }),
    );
  });

  it('refuses a negative', () => expect(() => isqrt(-1n)).toThrow(RangeError));
});
