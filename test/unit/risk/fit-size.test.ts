import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitSize } from '../../../domain/risk/fit-size.ts';
import { quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';
import { aRiskView, aSignal, anExit, someLimits } from '../../support/risk.ts';

const of = (amount: bigint) => ({ notional: quoteUnits(amount), amountIn: tokenUnits(amount) });

describe('fit size', () => {
  it('leaves alone what fits', () => {
    const signal = aSignal();
    expect(fitSize(signal, aRiskView(), someLimits())).toEqual({ signal, adjustments: [] });
  });

  it('makes it as small as the tightest rule wants, and names every tight one', () => {
    const view = aRiskView({
      committed: quoteUnits(1_900_000_000n),
      committedInMarket: quoteUnits(450_000_000n),
    });
    const { signal, adjustments } = fitSize(aSignal(), view, someLimits());
    expect(signal.amountIn).toBe(50_000_000n);
    expect(adjustments).toEqual([
      { rule: 'total-exposure', field: 'amountIn', from: '200000000', to: '100000000' },
      { rule: 'position-share', field: 'amountIn', from: '200000000', to: '50000000' },
    ]);
  });

  it('stops at the least size: below it the rules refuse', () => {
    const withRoom = (room: bigint) => aRiskView({ committed: quoteUnits(2_000_000_000n - room) });
    expect(fitSize(aSignal(), withRoom(20_000_000n), someLimits()).signal.notional).toBe(
      20_000_000n,
    );
    const tooTight = fitSize(aSignal(), withRoom(19_999_999n), someLimits());
    expect(tooTight).toEqual({ signal: aSignal(), adjustments: [] });
  });

  it('takes a limit that is passed already for no room', () => {
    const view = aRiskView({ committed: quoteUnits(3_000_000_000n) });
    expect(fitSize(aSignal(), view, someLimits()).adjustments).toEqual([]);
  });

  it('never touches an exit', () => {
    const exit = anExit(of(9_000_000_000n));
    expect(fitSize(exit, aRiskView(), someLimits())).toEqual({ signal: exit, adjustments: [] });
  });

  it('never enlarges, never spends more than allowed, never takes a worse price', () => {
    const amount = fc.bigInt({ min: 1n, max: 10n ** 12n });
    fc.assert(
      fc.property(amount, amount, amount, amount, (notional, quoted, cut, room) => {
        const least = quoted - (cut % quoted);
        const wanted = aSignal({
          ...of(notional),
          quotedOut: tokenUnits(quoted),
          minAmountOut: tokenUnits(least),
        });
        const limits = someLimits({ notionalMax: quoteUnits(room), notionalMin: quoteUnits(1n) });
        const { signal } = fitSize(wanted, aRiskView({ quoteBalance: undefined }), limits);
        expect(signal.amountIn).toBeLessThanOrEqual(wanted.amountIn);
        expect(signal.minAmountOut).toBeLessThanOrEqual(signal.quotedOut);
        if (signal.amountIn === wanted.amountIn) return;
        expect(signal.notional).toBeLessThanOrEqual(room);
        expect(signal.notional).toBeGreaterThanOrEqual(signal.amountIn);
        // The least price per unit does not sink, unless the quote itself is rounded to less.
        const isNoWorse = signal.minAmountOut * wanted.amountIn >= least * signal.amountIn;
        expect(isNoWorse || signal.minAmountOut === signal.quotedOut).toBe(true);
      }),
    );
  });
});
