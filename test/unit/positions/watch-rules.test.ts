import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exitReasonOf,
  openPnlOf,
  raisedHigh,
  type WatchView,
} from '../../../domain/positions/watch-rules.ts';
import { parseDecimal } from '../../../domain/shared/decimal.ts';
import { basisPoints, quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';

const scale = { baseDecimals: 9, quoteDecimals: 6 };
/** Two SOL for 200 USDC: 100 each. Out at 98 or 103, or after ten minutes. */
const position = {
  quantity: tokenUnits(2_000_000_000n),
  cost: quoteUnits(200_000_000n),
  costsPaid: quoteUnits(5_000n),
  exits: { stopLoss: basisPoints(200), takeProfit: basisPoints(300), timeExitMs: 600_000 },
  openedAtMs: 1_000_000,
};
const at = (price: string, marketTimeMs = 1_000_001): WatchView => ({
  price: parseDecimal(price, 'price'),
  scale,
  marketTimeMs,
});

describe('exit rules', () => {
  it.each([
    ['above the stop', '98.000000001', undefined],
    ['at the stop', '98', 'stop-loss'],
    ['below the stop', '97.999999999', 'stop-loss'],
    ['below the profit', '102.999999999', undefined],
    ['at the profit', '103', 'take-profit'],
    ['above the profit', '103.000000001', 'take-profit'],
  ])('by price: %s', (_where, price, reason) => {
    expect(exitReasonOf(position, at(price))).toBe(reason);
  });

  it.each([
    ['one millisecond early', 1_599_999, undefined],
    ['in time', 1_600_000, 'time'],
    ['late', 1_600_001, 'time'],
  ])('by time: %s', (_when, marketTimeMs, reason) => {
    expect(exitReasonOf(position, at('100', marketTimeMs))).toBe(reason);
  });

  it('put the price before the time', () => {
    expect(exitReasonOf(position, at('98', 9_999_999))).toBe('stop-loss');
    expect(exitReasonOf(position, at('103', 9_999_999))).toBe('take-profit');
  });

  it('meet tiny prices exactly, exponents too', () => {
    // 10 million BONK (5 decimals) at 0.00002 = 200 USDC.
    const bonk = { ...position, quantity: tokenUnits(1_000_000_000_000n) };
    const seen = (price: string) =>
      exitReasonOf(bonk, { ...at(price), scale: { baseDecimals: 5, quoteDecimals: 6 } });
    expect(seen('1.96e-05')).toBe('stop-loss');
    expect(seen('0.0000196000000001')).toBeUndefined();
  });
});

describe('open P&L', () => {
  it('is the value less what was paid for it and for getting it, rounded down', () => {
    expect(openPnlOf(position, parseDecimal('101', 'price'), scale)).toBe(1_995_000n);
    const speck = { quantity: tokenUnits(1n), cost: quoteUnits(0n), costsPaid: quoteUnits(0n) };
    expect(openPnlOf(speck, parseDecimal('999.9', 'price'), scale)).toBe(0n);
    expect(openPnlOf(speck, parseDecimal('1000', 'price'), scale)).toBe(1n);
  });
});

describe('high-water mark', () => {
  it('rises only, by exact comparison', () => {
    expect(raisedHigh(undefined, '5')).toEqual({ high: '5', raised: true });
    expect(raisedHigh('5', '5.0')).toEqual({ high: '5', raised: false });
    expect(raisedHigh('5', '4.999')).toEqual({ high: '5', raised: false });
    expect(raisedHigh('1.3e-05', '0.0000131')).toEqual({ high: '0.0000131', raised: true });
  });

  it('is the highest of any series', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1 }), (prices) => {
        let high: string | undefined;
        for (const price of prices) high = raisedHigh(high, String(price)).high;
        expect(high).toBe(String(Math.max(...prices)));
      }),
    );
  });
});
