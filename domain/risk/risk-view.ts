import type { MarketId, SignalId } from '../shared/ids.ts';
import type { BasisPoints, Lamports, QuoteUnits, TokenUnits } from '../shared/units.ts';

/** What the ledger knows, read under the approving transaction's lock. */
export type LedgerView = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  /** The halt epoch whose flatten is under way. */
  readonly flattenOf: number | undefined;
  /** Market time until which only exits are allowed. */
  readonly reduceOnlyUntilMs: number | undefined;
  /** Why an operator allows only exits, in this market or in all. */
  readonly reduceOnlyBy: string | undefined;
  /** Epoch of the wallet's lease, if it has not run out. */
  readonly leaseEpoch: number | undefined;
  readonly runState: string | undefined;
  /** Permits that are issued, not reported and not expired. */
  readonly backlog: number;
  /** Reserved and spent, in all markets. */
  readonly committed: QuoteUnits;
  readonly committedInMarket: QuoteUnits;
  readonly positions: readonly HeldPosition[];
  /** Entry permits without an end, of any trade. */
  readonly liveEntries: readonly LiveEntry[];
  /** Permits without an end, exits included: each may still cost its caps. */
  readonly livePermits: number;
  /** Another trade of the same market and moment already got a permit. */
  readonly isSameMomentTaken: boolean;
  /** Highest attempt of this leg, 0 if none. */
  readonly lastAttempt: number;
  readonly hasLiveAttempt: boolean;
  /** This leg was executed: there is nothing left to attempt. */
  readonly hasLandedAttempt: boolean;
  /** Net of all costs, on this run's market day and in the whole run. */
  readonly realisedToday: QuoteUnits;
  readonly realisedInRun: QuoteUnits;
  readonly lastExitMarketMs: number | undefined;
  /** Baseline and this run's ledger; undefined before the baseline is stored. */
  readonly lamports: bigint | undefined;
  readonly quoteBalance: QuoteUnits | undefined;
};

export type HeldPosition = {
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly quantity: TokenUnits;
  readonly cost: QuoteUnits;
  readonly costsPaid: QuoteUnits;
};

export type LiveEntry = {
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly notional: QuoteUnits;
};

/** What the approver's own process sees, at the moment of asking. */
export type Surroundings = {
  /** Market time by the feed's clock; undefined: no clock. */
  readonly marketNowMs: number | undefined;
  /** Candle interval of the signal's market; undefined: no event seen. */
  readonly intervalMs: number | undefined;
  /** Block height is known and young. */
  readonly isChainFresh: boolean;
  /** Open positions at the newest prices less what they cost; undefined: a price is missing. */
  readonly openPnl: QuoteUnits | undefined;
};

export type RiskView = LedgerView & Surroundings;

export type RiskLimits = {
  readonly notionalMax: QuoteUnits;
  readonly notionalMin: QuoteUnits;
  readonly positionShareMax: BasisPoints;
  readonly exposureMax: QuoteUnits;
  readonly openPositionsMax: number;
  readonly dailyLossMax: QuoteUnits;
  readonly totalLossMax: QuoteUnits;
  readonly collarMax: BasisPoints;
  readonly coolDownMs: number;
  readonly walletFloor: Lamports;
  readonly slippageMax: BasisPoints;
  readonly exitSlippageMax: BasisPoints;
  /** Most lamports one permit can cost: fee cap and tip cap. */
  readonly permitCostMax: Lamports;
};
