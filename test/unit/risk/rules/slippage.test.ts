import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastOut } from '../../../../domain/decision/quote-trade.ts';
import { slippage } from '../../../../domain/risk/rules/slippage.ts';
import { basisPoints, tokenUnits } from '../../../../domain/shared/units.ts';
import { aRiskView, aSignal, anExit, someLimits } from '../../../support/risk.ts';

const ask = (signal: ReturnType<typeof aSignal>) => slippage(signal, aRiskView(), someLimits());
const taking = (quotedOut: bigint, minAmountOut: bigint) => ({
  quotedOut: tokenUnits(quotedOut),
  minAmountOut: tokenUnits(minAmountOut),
});

describe('slippage', () => {
  it('may reach its limit', () => {
    expect(ask(aSignal(taking(10_000n, 9_950n)))).toEqual({ share: 1 });
    expect(ask(aSignal(taking(10_000n, 9_949n))).breach).toEqual({
      rule: 'slippage',
      limit: '50',
      actual: '51',
    });
  });

  it('is wider for an exit, up to its own cap', () => {
    expect(ask(anExit(taking(10_000n, 9_500n))).breach).toBeUndefined();
    expect(ask(anExit(taking(10_000n, 9_499n))).breach?.limit).toBe('500');
  });

  it('agrees with what decide takes at least, however it rounds', () => {
    const quotes = fc.bigInt({ min: 300n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(quotes, fc.integer({ min: 1, max: 50 }), (quotedOut, bps) => {
        const least = leastOut(quotedOut, basisPoints(bps));
        expect(ask(aSignal(taking(quotedOut, least))).breach).toBeUndefined();
      }),
    );
  });

  it.each([
    ['no input', { amountIn: tokenUnits(0n) }],
    ['no quote', taking(0n, 1n)],
    ['nothing as the least', taking(10_000n, 0n)],
  ])('refuses %s', (_what, change) => {
    expect(ask(aSignal(change)).breach?.limit).toBe('amounts above 0');
  });
});
