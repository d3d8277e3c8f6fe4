import type { Leg, MarketId, RunId, Side, SignalId } from '../shared/ids.ts';
import {
  basisPoints,
  quoteUnits,
  tokenUnits,
  type BasisPoints,
  type QuoteUnits,
  type TokenUnits,
} from '../shared/units.ts';
import { wholeNumber } from '../shared/whole-number.ts';
import type { Wire } from '../shared/wire.ts';

/** Why a position is closed. */
export type ExitReason =
  'stop-loss' | 'take-profit' | 'time' | 'run-ended' | 'opinion' | 'operator';

/** A proposed leg of a trade. Both legs of a trade carry the same signal id. */
export type Signal = {
  readonly signalId: SignalId;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly leg: Leg;
  readonly attempt: number;
  readonly side: Side;
  /** Base units of the input mint. */
  readonly amountIn: TokenUnits;
  /** What the pool quoted at `poolSlot`, fee and impact included. */
  readonly quotedOut: TokenUnits;
  readonly minAmountOut: TokenUnits;
  readonly slippageMax: BasisPoints;
  /** Value of the input in quote units. */
  readonly notional: QuoteUnits;
  /** The pool's effective price against the feed's, always ≥ 0: how far the two sources differ. */
  readonly collarBps: number;
  /** Feed price, decimal string. */
  readonly feedPrice: string;
  readonly solPrice: string;
  readonly conviction: number;
  readonly probability: number;
  /** Expected value after all costs, bps of notional. */
  readonly expectedValueBps: number;
  /** Made although the expected value is not positive (paper's `observe` only). */
  readonly exploring: boolean;
  readonly exits: ExitPlan;
  readonly marketTimeMs: number;
  /** Market time in ms of the newest event of this market known when deciding; for the stale rule. */
  readonly lastEventMs: number;
  readonly timeToLiveMs: number;
  readonly receivedNs: string;
  /** Exits only: kept with the position and its outcome. */
  readonly exitReason?: ExitReason;
};

/** Distances from the entry's fill price; the time is a market-time duration. */
export type ExitPlan = {
  readonly stopLoss: BasisPoints;
  readonly takeProfit: BasisPoints;
  readonly timeExitMs: number;
};

export type Decision =
  | { readonly trade: true; readonly signal: Signal; readonly reasons: readonly string[] }
  | { readonly trade: false; readonly reasons: readonly string[] };

export function signalToWire(signal: Signal): Wire<Signal> {
  return {
    ...signal,
    amountIn: String(signal.amountIn),
    quotedOut: String(signal.quotedOut),
    minAmountOut: String(signal.minAmountOut),
    notional: String(signal.notional),
    slippageMax: signal.slippageMax,
    exits: { ...signal.exits },
  };
}

/** Throws `input/invalid` that names the field. */
export function signalFromWire(wire: Wire<Signal>): Signal {
  return {
    ...wire,
    amountIn: tokenUnits(wholeNumber(wire.amountIn, 'signal.amountIn')),
    quotedOut: tokenUnits(wholeNumber(wire.quotedOut, 'signal.quotedOut')),
    minAmountOut: tokenUnits(wholeNumber(wire.minAmountOut, 'signal.minAmountOut')),
    notional: quoteUnits(wholeNumber(wire.notional, 'signal.notional')),
    slippageMax: basisPoints(wire.slippageMax),
    exits: {
      stopLoss: basisPoints(wire.exits.stopLoss),
      takeProfit: basisPoints(wire.exits.takeProfit),
      timeExitMs: wire.exits.timeExitMs,
    },
  };
}
