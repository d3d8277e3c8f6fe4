import type { ExitReason } from '../positions/position.ts';
import type { MarketId, SignalId } from '../shared/ids.ts';
import type { QuoteUnits } from '../shared/units.ts';

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
