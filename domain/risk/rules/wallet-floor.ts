import { atLeast, holds, type RiskRule } from '../rule.ts';

/** Lamports left if this permit and every live one cost their caps, and quote units left to pay with. */
export const walletFloor: RiskRule = (signal, view, limits) => {
  if (view.lamports === undefined || view.quoteBalance === undefined) {
    return holds('wallet-floor', false, 'a stored baseline', 'none');
  }
  const permits = BigInt(view.livePermits) + 1n;
  const floor = atLeast(
    'wallet-floor',
    view.lamports - permits * limits.permitCostMax,
    limits.walletFloor,
  );
  if (floor.breach) return floor;

  const promised = view.liveEntries.reduce((sum, entry) => sum + entry.notional, 0n);
  const funds = atLeast('wallet-floor', view.quoteBalance - promised, signal.amountIn);
  return funds.breach || funds.share > floor.share ? funds : floor;
};
