import type { Signal } from '../decision/signal.ts';
import type { Wire } from '../shared/wire.ts';
import type { Permit, PermitFields } from './permit.ts';

export type BreachRule =
  | 'notional'
  | 'position-share'
  | 'total-exposure'
  | 'open-positions'
  | 'position-open'
  | 'daily-loss'
  | 'total-loss'
  | 'price-collar'
  | 'slippage'
  | 'stale-data'
  | 'duplicate'
  | 'cool-down'
  | 'wallet-floor'
  | 'no-executor'
  | 'old-epoch'
  | 'backlog'
  | 'halted'
  | 'suspended'
  | 'reduce-only'
  | 'attempt-open'
  | 'run-ended'
  | 'unknown-position';

/** One broken rule: the limit, and what was found. Decimal strings or plain words, for people and JSON. */
export type Breach = { readonly rule: BreachRule; readonly limit: string; readonly actual: string };

/** A number that risk made smaller, never larger. */
export type Adjustment = {
  readonly rule: BreachRule;
  readonly field: 'amountIn';
  readonly from: string;
  readonly to: string;
};

export type Verdict =
  | {
      readonly approved: true;
      readonly permit: Permit;
      /** What was approved: smaller than what was asked where there are adjustments. */
      readonly signal: Signal;
      /** The largest actual ÷ limit over the rules, 0 to 1. */
      readonly riskScore: number;
      readonly adjustments: readonly Adjustment[];
    }
  | { readonly approved: false; readonly breaches: readonly Breach[] };

export function permitToWire(permit: PermitFields): Wire<Permit> {
  return {
    ...permit,
    amountIn: String(permit.amountIn),
    minAmountOut: String(permit.minAmountOut),
    feeMax: String(permit.feeMax),
    tipMax: String(permit.tipMax),
  };
}
