import { holds, type RiskRule } from '../rule.ts';

/** One live position a market; an entry without an end may become one. */
export const positionOpen: RiskRule = (signal, view) => {
  const holder = [...view.positions, ...view.liveEntries].find(
    ({ market, signalId }) => market === signal.market && signalId !== signal.signalId,
  );
  return holds('position-open', !holder, 'one live position a market', holder?.signalId ?? '');
};
