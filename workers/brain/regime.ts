import { STATE_V1_NAMES } from '../../adapters/features/state-v1.ts';

export const REGIMES = ['turbulent', 'quiet', 'rising', 'falling', 'ranging'] as const;
export type Regime = (typeof REGIMES)[number];

const at = (name: (typeof STATE_V1_NAMES)[number]): number => STATE_V1_NAMES.indexOf(name);
const VOLATILITY = at('log_atr_share');
const TREND = at('adx_14');
const DIRECTION = at('directional_gap');

/** A word for people who browse the memory; no decision reads it. Features are z-scores. */
export function regimeOf(features: readonly number[]): Regime {
  const volatility = features[VOLATILITY] ?? 0;
  if (volatility > 1.5) return 'turbulent';
  if (volatility < -1.5) return 'quiet';
  if ((features[TREND] ?? 0) < 0.5) return 'ranging';
  return (features[DIRECTION] ?? 0) > 0 ? 'rising' : 'falling';
}
