import { atMost, holds, type RiskRule } from '../rule.ts';

/** An exit sells what its own trade holds, never more. */
export const unknownPosition: RiskRule = (signal, view) => {
  const held = view.positions.find(({ signalId }) => signalId === signal.signalId);
  if (!held || held.market !== signal.market || signal.side !== 'sell') {
    return holds('unknown-position', false, 'an open position of this trade', 'none');
  }
  const { breach } = atMost('unknown-position', signal.amountIn, held.quantity);
  // Selling all of it is the rule, not a risk.
  return breach ? { share: 1, breach } : { share: 0 };
};
