import { ceilDivide } from '../../shared/valuation.ts';
import { atMost, holds, type RiskRule } from '../rule.ts';

const ALL = 10_000n;

/** The worst fill that the permit would accept, against the quote. Exits may be wider, up to their cap. */
export const slippage: RiskRule = (signal, _view, limits) => {
  const limit = signal.leg === 'exit' ? limits.exitSlippageMax : limits.slippageMax;
  const { quotedOut, minAmountOut } = signal;
  if (signal.amountIn <= 0n || quotedOut <= 0n || minAmountOut <= 0n) {
    return holds(
      'slippage',
      false,
      'amounts above 0',
      `${quotedOut} quoted, ${minAmountOut} least`,
    );
  }
  // A least amount is a floor, so it may lie up to one unit under the exact share.
  const exact = quotedOut * (ALL - BigInt(limit));
  const found = atMost(
    'slippage',
    ceilDivide((quotedOut - minAmountOut) * ALL, quotedOut),
    BigInt(limit),
  );
  return minAmountOut >= exact / ALL ? { share: Math.min(1, found.share) } : found;
};
