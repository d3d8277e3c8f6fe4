import type { ExitReason } from '../positions/position.ts';
import type { MarketId, SignalId } from '../shared/ids.ts';
import { quoteUnits, type QuoteUnits } from '../shared/units.ts';
import { floorDivide } from '../shared/valuation.ts';
import type { Outcome } from './outcome.ts';

export type ClosedPosition = {
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly exitReason: ExitReason;
  readonly cost: QuoteUnits;
  /** Every lamport of every attempt, valued and rounded up one transaction at a time. */
  readonly costsPaid: QuoteUnits;
  readonly proceeds: QuoteUnits;
  readonly openedAtMs: number;
  readonly closedAtMs: number;
  readonly exploring: boolean;
};

/** What a trade brought, net of everything. The share of a loss is rounded down, too. */
export function outcomeOf(closed: ClosedPosition): Outcome {
  const { signalId, market, exitReason, cost, costsPaid, proceeds, exploring } = closed;
  const realised = proceeds - cost - costsPaid;
  // Hundredths of a basis point are enough for people and for memory.
  const hundredths = cost === 0n ? 0n : floorDivide(realised * 1_000_000n, cost);
  return {
    signalId,
    market,
    exitReason,
    realisedPnl: quoteUnits(realised),
    returnBps: Number(hundredths) / 100,
    holdMs: closed.closedAtMs - closed.openedAtMs,
    exploring,
  };
}

/** Where outcomes are kept. */
export type OutcomeLedger = {
  /** Undefined while the trade has no closed position. */
  readClosedPosition(signalId: SignalId): Promise<ClosedPosition | undefined>;
  /** Stores it once, ends the trade's row, and answers with what is stored. */
  recordOutcome(outcome: Outcome, closed: ClosedPosition): Promise<Outcome>;
};
