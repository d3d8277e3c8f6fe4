import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Decision } from '../../domain/decision/signal.ts';
import type { Outcome } from '../../domain/learning/outcome.ts';
import type { Verdict } from '../../domain/risk/verdict.ts';
import type { Settlement } from '../../domain/settlement/settlement.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import type { ResultFacts } from '../log-activities.ts';

/** What each stage of a trade found, in the words of its log line. Our own activities made them. */
export const RESULT_FACTS: ResultFacts = {
  analyse: (result) => opinionFacts(result as Opinion | undefined),
  decide: (result) => decisionFacts(result as Wire<Decision>),
  decideExit: (result) => decisionFacts(result as Wire<Decision>),
  approve: (result) => verdictFacts(result as Wire<Verdict>),
  settle: (result) => settlementFacts(result as Wire<Settlement> | undefined),
  learn: (result) => outcomeFacts(result as Wire<Outcome> | undefined),
};

const opinionFacts = (opinion: Opinion | undefined): object =>
  opinion
    ? { direction: opinion.direction, conviction: opinion.conviction, known: opinion.known }
    : {};

const decisionFacts = (decision: Wire<Decision>): object => ({
  trade: decision.trade,
  reasons: decision.reasons,
});

const verdictFacts = (verdict: Wire<Verdict>): object =>
  verdict.approved
    ? { approved: true, permitId: verdict.permit.id, riskScore: verdict.riskScore }
    : { approved: false, breaches: verdict.breaches.map(({ rule }) => rule) };

const settlementFacts = (settlement: Wire<Settlement> | undefined): object =>
  settlement
    ? { permitId: settlement.permitId, end: settlement.kind, signature: settlement.signature }
    : { end: 'unknown' };

const outcomeFacts = (outcome: Wire<Outcome> | undefined): object =>
  outcome ? { realisedPnl: outcome.realisedPnl, exitReason: outcome.exitReason } : {};
