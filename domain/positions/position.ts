import type { ExitPlan, ExitReason } from '../decision/signal.ts';
import type { MarketId, RunId, SignalId } from '../shared/ids.ts';
import type { QuoteUnits, TokenUnits } from '../shared/units.ts';

export type { ExitReason };

export type Position = {
  readonly signalId: SignalId;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly status: 'open' | 'exiting' | 'closed';
  /** Base units of the base mint, from fills. */
  readonly quantity: TokenUnits;
  /** Quote units paid for it, tip and fees apart. */
  readonly cost: QuoteUnits;
  /** Lamport costs of the entry, valued in quote units, rounded up. */
  readonly costsPaid: QuoteUnits;
  readonly exits: ExitPlan;
  /** Market time of the entry's fill. */
  readonly openedAtMs: number;
};
