import type { ExitReason } from '../positions/position.ts';
import type { MarketId, SignalId } from '../shared/ids.ts';
import { quoteUnits, type QuoteUnits } from '../shared/units.ts';
import { wholeNumber } from '../shared/whole-number.ts';
import type { Wire } from '../shared/wire.ts';

/** Realised result of a trade, net of fees, tips and rent. */
export type Outcome = {
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly exitReason: ExitReason;
  readonly realisedPnl: QuoteUnits;
  readonly returnBps: number;
  readonly holdMs: number;
  readonly exploring: boolean;
};

export function outcomeToWire(outcome: Outcome): Wire<Outcome> {
  return { ...outcome, realisedPnl: String(outcome.realisedPnl) };
}

/** Throws `input/invalid` that names the field. */
export function outcomeFromWire(wire: Wire<Outcome>): Outcome {
  return {
    ...wire,
    realisedPnl: quoteUnits(wholeNumber(wire.realisedPnl, 'outcome.realisedPnl')),
  };
}
