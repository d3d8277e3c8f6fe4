import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type { Consultation } from '../domain/analysis/consultation.ts';
import type { Candidate } from '../domain/market/candidate.ts';
import { describeTrade } from '../temporal/describe-trade.ts';
import { learnSummary } from '../temporal/step-summaries.ts';
import {
  newTrade,
  type ApprovalFacts,
  type TradeEnd,
  type TradeFacts,
  type TradeResult,
  type TradeSetting,
} from '../temporal/trade-facts.ts';
import { closePosition, untilExitWanted } from './close-position.ts';
import { consultBefore, consultBeside } from './consult.ts';
import { hearApprovals, untilAnswered } from './human-approval.ts';
import { runLeg } from './leg.ts';
import { openTrade, type OpenTrade } from './open-trade.ts';
import { abandon, analyse, decide, decideAgain, learn } from './trade-activities.ts';

/**
 * One trade from candidate to lesson. It carries wire types from step to step; the activities
 * convert, so no amount is touched here. `carried` is what an earlier run of this trade knew.
 */
export async function tradeWorkflow(
  candidate: Candidate,
  setting: TradeSetting,
  carried?: TradeFacts,
): Promise<TradeResult> {
  const continueAsNew = makeContinueAsNewFunc<typeof tradeWorkflow>();
  const trade = openTrade(carried ?? newTrade(candidate, setting), (facts) =>
    continueAsNew(candidate, setting, facts),
  );
  hearApprovals(trade);

  const declined = trade.facts.entry ? undefined : await formSignal(trade);
  if (declined) return declined;

  // From here on there may be a permit: a cancelled workflow must still prove its end and sell.
  return CancellationScope.nonCancellable(async () => {
    const hasLanded = trade.facts.entry?.settlement?.kind === 'landed';
    const missed = hasLanded ? undefined : await enter(trade);
    if (missed) return missed;

    trade.record({ stage: 'managing' });
    trade.show();
    if (!trade.facts.trigger) trade.record({ trigger: await untilExitWanted(trade) });

    trade.record({ stage: 'exiting' });
    await closePosition(trade);
    return learnAndClose(trade);
  });
}

/** Analyse, consult where that is wanted, decide. Answers with the result of a trade that ends here. */
async function formSignal(trade: OpenTrade): Promise<TradeResult | undefined> {
  const { candidate } = trade.facts;
  try {
    const analysis = await analyse(candidate);
    if (analysis.answered) trade.record({ opinion: analysis.opinion });
    const consultation = await consultBefore(trade);
    trade.record({ stage: 'deciding' });

    // Declines where the brain was silent.
    const decision = await decide(candidate, analysis, consultation);
    trade.record({ reasons: decision.reasons, decidedAtMs: workflowInfo().startTime.getTime() });
    if (!decision.trade) return finish(trade, 'declined');
    if (trade.inbox.runEnded()) return await abandonTrade(trade, 'declined', ['run-ended']);

    trade.record({ entry: { signal: decision.signal } });
    const refused = await passPerson(trade, consultation);
    if (refused) return refused;

    trade.record({ stage: 'approving' });
    consultBeside(trade);
    return undefined;
  } catch (error) {
    return abandonTrade(trade, 'declined', ['undecided', messageOf(error)]);
  }
}

/** A large entry waits for a person, and is decided again at the price of then. */
async function passPerson(
  trade: OpenTrade,
  consultation: Consultation | undefined,
): Promise<TradeResult | undefined> {
  const approval = await untilAnswered(trade);
  if (!approval) return undefined;
  const { candidate, opinion, entry } = trade.facts;
  if (approval.ended !== 'approved' || !approval.order) {
    const against = declinedBy(approval);
    return CancellationScope.nonCancellable(() => abandonTrade(trade, 'declined', against));
  }
  if (!entry || !opinion) throw new Error('approved, but not decided'); // A bug.
  trade.record({ stage: 'deciding' });
  const { asked: approved, order } = approval;
  const decision = await decideAgain({ candidate, opinion, consultation, approved, order });
  trade.record({ reasons: decision.reasons });
  if (!decision.trade) return finish(trade, 'declined');
  trade.record({ entry: { signal: decision.signal } });
  return undefined;
}

function declinedBy({ ended, order }: ApprovalFacts): readonly string[] {
  if (order) return ['approval-rejected', `Rejected by ${order.operator} (${order.reason}).`];
  if (ended === 'run-ended') return ['run-ended'];
  return ended === 'late'
    ? ['approval-late', 'Nobody answered in time.']
    : ['approval-cancelled', 'The workflow was cancelled while a person was asked.'];
}

/** What went wrong inside an activity. Anything else is no ending: it is thrown on. */
function messageOf(error: unknown): string {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  return error.cause?.message ?? error.message;
}

/** The row and the market clock are told by the stages; here no stage knows that it is over. */
async function abandonTrade(
  trade: OpenTrade,
  end: 'declined' | 'failed',
  reasons: readonly string[],
): Promise<TradeResult> {
  trade.record({ reasons });
  const { signalId } = trade.facts.candidate;
  try {
    await abandon({ signalId, end, reasons });
  } catch (error) {
    // The clock helps itself after 20 s, and the trade is over all the same.
    log.warn('end of a trade was not recorded', { signalId, end, why: messageOf(error) });
  }
  return finish(trade, end);
}

/** The result of an entry that did not land; undefined when it did. */
async function enter(trade: OpenTrade): Promise<TradeResult | undefined> {
  try {
    const ending = await runLeg(trade, 'entry');
    return ending === 'landed' ? undefined : finish(trade, ending);
  } catch (error) {
    // `approve` met what no retry can mend, before it could commit anything.
    return abandonTrade(trade, 'failed', [messageOf(error)]);
  }
}

async function learnAndClose(trade: OpenTrade): Promise<TradeResult> {
  const { candidate } = trade.facts;
  trade.record({ stage: 'learning' });
  try {
    const outcome = await learn.executeWithOptions({ summary: learnSummary(trade.facts) }, [
      candidate.signalId,
    ]);
    if (outcome) trade.record({ outcome });
  } catch (error) {
    // The position is sold whatever memory makes of it.
    log.error('outcome was not learnt', { signalId: candidate.signalId, why: messageOf(error) });
  }
  return finish(trade, 'closed');
}

function finish(trade: OpenTrade, end: TradeEnd): TradeResult {
  trade.record({ end, stage: 'closed' });
  trade.showEnd();
  return describeTrade(trade.facts).result;
}
