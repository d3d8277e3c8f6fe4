import type { ApprovalEnd, ApprovalOrder } from '../domain/control/approval-order.ts';
import type { Consultation } from '../domain/analysis/consultation.ts';
import type { Opinion } from '../domain/analysis/opinion.ts';
import type { Signal } from '../domain/decision/signal.ts';
import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type { Outcome } from '../domain/learning/outcome.ts';
import type { Candidate } from '../domain/market/candidate.ts';
import type { Token } from '../domain/market/market.ts';
import type { ExitTrigger } from '../domain/positions/exit-trigger.ts';
import type { PermitFields } from '../domain/risk/permit.ts';
import type { Adjustment, Breach } from '../domain/risk/verdict.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { Wire } from '../domain/shared/wire.ts';
import type { HaltNotice } from './halt-facts.ts';
import type { TradeStage } from './messages.ts';

/** What a trade is shown with and its candidate does not carry. Given at the start, never changed. */
export type TradeSetting = {
  readonly mode: 'paper' | 'shadow' | 'live';
  readonly venue: string;
  readonly base: Pick<Token, 'symbol' | 'decimals'>;
  readonly quote: Pick<Token, 'symbol' | 'decimals'>;
  /** Continue as new from this many history events on, where that is sooner than the server says. */
  readonly historyLengthMax?: number;
  /** Absent: the overlay is not asked, and the trade has no step for it. */
  readonly overlay?: OverlaySetting | undefined;
  /** Absent: no entry waits for a person, and the trade has no step for it. */
  readonly approval?: ApprovalSetting | undefined;
};

/** Which entries wait for a person, whom they ask, and for how long. */
export type ApprovalSetting = {
  /** Quote base units as they travel; from this size on. */
  readonly notionalMin: string;
  readonly withinMs: number;
  /** Names of those whose answer counts. */
  readonly operators: readonly string[];
};

/** A wait for a person, as far as it has come. Times are the host's. */
export type ApprovalFacts = {
  readonly askedAtMs: number;
  readonly untilMs: number;
  /** What the person was shown; the second decision may be smaller. */
  readonly asked: Wire<Signal>;
  readonly ended?: ApprovalEnd;
  /** Who answered, and why. */
  readonly order?: ApprovalOrder;
};

/** How this trade asks the overlay; what it asks stays the same when the configuration changes. */
export type OverlaySetting = {
  /** `enabled` is awaited before the decision; `advisory` runs beside the trade. */
  readonly mode: 'enabled' | 'advisory';
  readonly budgetMs: number;
  /** Below it the trade is declined anyway, so nobody is asked. */
  readonly convictionMin: number;
};

/** One attempt of one leg, as far as it has come. */
export type LegFacts = {
  readonly signal: Wire<Signal>;
  readonly permit?: Wire<PermitFields>;
  readonly riskScore?: number;
  readonly adjustments?: readonly Adjustment[];
  readonly breaches?: readonly Breach[];
  readonly report?: ExecutionReport;
  readonly settlement?: Wire<Settlement>;
};

export type TradeEnd = 'declined' | 'refused' | 'failed' | 'expired' | 'closed';

/**
 * All that is known of a trade, in wire types: what `describeTrade` renders, and what a workflow
 * hands to its own continuation.
 */
export type TradeFacts = {
  readonly candidate: Candidate;
  readonly setting: TradeSetting;
  readonly stage: TradeStage;
  readonly opinion?: Opinion;
  readonly consultation?: Consultation;
  /** Why the brain trades, or why it does not. */
  readonly reasons?: readonly string[];
  readonly decidedAtMs?: number;
  readonly approval?: ApprovalFacts;
  readonly entry?: LegFacts;
  /** The first request counts as the reason; a later one only brings a newer price. */
  readonly trigger?: ExitTrigger;
  /** The last attempts, oldest first; refusals by risk use no attempt up. */
  readonly exits: readonly LegFacts[];
  readonly exitAttempt: number;
  readonly widenings: number;
  /** The newest halt that this trade was told of, or its end. */
  readonly halt?: HaltNotice;
  readonly outcome?: Wire<Outcome>;
  readonly end?: TradeEnd;
};

export function newTrade(candidate: Candidate, setting: TradeSetting): TradeFacts {
  return { candidate, setting, stage: 'analysing', exits: [], exitAttempt: 1, widenings: 0 };
}

/** What stays in the workflow's result, for people and scripts. Amounts in human units. */
export type TradeResult = {
  readonly end: TradeEnd;
  readonly why: readonly string[];
  readonly market: string;
  readonly exploring: boolean;
  readonly entryPrice?: string;
  readonly exitPrice?: string;
  readonly exitReason?: string;
  readonly realisedPnl?: string;
  readonly returnBps?: number;
  readonly signatures: readonly string[];
};
