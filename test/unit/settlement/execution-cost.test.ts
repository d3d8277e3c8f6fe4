import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeCost,
  executionCostOf,
  slippageBps,
  type ExecutedLeg,
} from '../../../domain/settlement/execution-cost.ts';

/** 1.36 SOL for 200 USDC asked, a feed at 147. */
const BUY: ExecutedLeg = {
  side: 'buy',
  amountIn: '200000000',
  quotedOut: '1360000000',
  minAmountOut: '1353200000',
  amountOut: '1359000000',
  feedPrice: '147',
  baseDecimals: 9,
  quoteDecimals: 6,
};
const SELL: ExecutedLeg = {
  ...BUY,
  side: 'sell',
  amountIn: '1359000000',
  quotedOut: '201000000',
  minAmountOut: '199000000',
  amountOut: '200800000',
};

describe('what a leg cost', () => {
  it('shows the price of each moment, and both differences against us', () => {
    expect(executionCostOf(BUY)).toEqual({
      decidedPrice: '147',
      quotedPrice: '147.059',
      approvedPrice: '147.798',
      filledPrice: '147.167',
      slippageBps: 8,
      shortfallBps: 12,
    });
    expect(describeCost(executionCostOf(SELL))).toBe(
      'decided 147 · quoted 147.903 · approved to 146.431 · filled 147.756 · slippage +10 bps · shortfall −51 bps',
    );
  });

  it.each([
    ['nothing is missing', '100000', 0],
    ['just a basis point is missing', '99990', 1],
    ['a little more than one is missing', '99989', 2],
    ['less than one is missing', '99999', 1],
    ['more came out', '101000', -100],
  ])('is rounded against us where %s', (_what, out, bps) => {
    expect(slippageBps('100000', out)).toBe(bps);
  });

  it('is nothing where nothing was quoted or the feed had no price', () => {
    expect(slippageBps('0', '5')).toBe(0);
    expect(executionCostOf({ ...BUY, feedPrice: '0' }).shortfallBps).toBe(0);
  });

  it('rises as less comes out, for either side', () => {
    const amounts = fc.tuple(
      fc.integer({ min: 1, max: 10 ** 12 }),
      fc.integer({ min: 0, max: 10 ** 9 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(BUY, SELL), amounts, (leg, [out, more]) => {
        const worse = executionCostOf({ ...leg, amountOut: String(out) });
        const better = executionCostOf({ ...leg, amountOut: String(out + more) });
        expect(worse.slippageBps).toBeGreaterThanOrEqual(better.slippageBps);
        expect(worse.shortfallBps).toBeGreaterThanOrEqual(better.shortfallBps);
      }),
    );
  });
});
