import { holds, type RiskRule } from '../rule.ts';

/** While halted only the flatten of this very halt sells: a newer stop has ended an older one. */
export const halted: RiskRule = (signal, view) => {
  const isFlatten = signal.leg === 'exit' && view.flattenOf === view.haltEpoch;
  const found = `halted, epoch ${view.haltEpoch}`;
  return holds('halted', !view.halted || isFlatten, 'not halted', found);
};
