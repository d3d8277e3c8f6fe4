import { holds, type RiskRule } from '../rule.ts';

/** Without a fresh block height a permit could not be given its end. */
export const suspended: RiskRule = (_signal, view) =>
  holds('suspended', view.isChainFresh, 'a fresh block height', 'stale or none');
