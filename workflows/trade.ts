import {
  ActivityFailure,
  CancellationScope,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type { Candidate } from '../domain/market/candidate.ts';
import { describeTrade } from '../temporal/describe-trade.ts';
import { learnSummary } from '../temporal/step-summaries.ts';
import {
  newTrade,
  type TradeEnd,
  type TradeFacts,
  type TradeResult,
  type TradeSetting,
} from '../temporal/trade-facts.ts';
import { closePosition, untilExitWanted } from './close-position.ts';
import { releaseClock, runLeg } from './leg.ts';
import { openTrade, type OpenTrade } from './open-trade.ts';
import { analyse, decide, endTrade, learn } from './trade-activities.ts';

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

  const declined = trade.facts.entry ? undefined : await formSignal(trade);
  if (declined) return declined;

  // From here on there may be a permit: a cancelled workflow must still prove its end and sell.
  return CancellationScope.nonCancellable(async () => {
    const entered = trade.facts.entry?.settlement?.kind === 'landed' || (await enter(trade));
    if (!entered) return endingOf(trade);

    trade.record({ stage: 'managing' });
    trade.show();
    if (!trade.facts.trigger) trade.record({ trigger: await untilExitWanted(trade) });

    trade.record({ stage: 'exiting' });
    await closePosition(trade);
    return learnAndClose(trade);
  });
}

/** Analyse and decide. Answers with the result of a trade that ends here. */
async function formSignal(trade: OpenTrade): Promise<TradeResult | undefined> {
  const { candidate } = trade.facts;
  try {
    const opinion = await analyse(candidate);
    trade.record({ opinion, stage: 'deciding' });
  } catch (error) {
    return decline(trade, ['brain-silent', messageOf(error)]);
  }
  const { opinion } = trade.facts;
  if (!opinion) throw new Error('no opinion was recorded'); // A bug: fails the task, not the trade.
  try {
    const decision = await decide(candidate, opinion);
    trade.record({ reasons: decision.reasons, decidedAtMs: workflowInfo().startTime.getTime() });
    if (!decision.trade) return decline(trade, decision.reasons);
    if (trade.inbox.runEnded()) return decline(trade, ['run-ended']);
    trade.record({ entry: { signal: decision.signal }, stage: 'approving' });
    return undefined;
  } catch (error) {
    return decline(trade, ['undecided', messageOf(error)]);
  }
}

/** What went wrong inside an activity. Anything else is no ending: it is thrown on. */
function messageOf(error: unknown): string {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  return error.cause?.message ?? error.message;
}

async function decline(trade: OpenTrade, reasons: readonly string[]): Promise<TradeResult> {
  trade.record({ reasons });
  await releaseClock(trade, 'entry', 'declined');
  return finish(trade, 'declined');
}

/** True when the entry landed. */
async function enter(trade: OpenTrade): Promise<boolean> {
  try {
    const ending = await runLeg(trade, 'entry');
    if (ending === 'landed') return true;
    trade.record({ end: ending });
  } catch (error) {
    // `approve` met what no retry can mend, before it could commit anything.
    trade.record({ end: 'failed', reasons: [messageOf(error)] });
    await releaseClock(trade, 'entry', 'failed');
  }
  return false;
}

function endingOf(trade: OpenTrade): Promise<TradeResult> {
  return finish(trade, trade.facts.end ?? 'failed');
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

async function finish(trade: OpenTrade, end: TradeEnd): Promise<TradeResult> {
  trade.record({ end, stage: 'closed' });
  const { result } = describeTrade(trade.facts);
  try {
    await endTrade({ signalId: trade.facts.candidate.signalId, end, why: result.why });
  } catch (error) {
    log.warn('trade row was not closed', { end, why: messageOf(error) });
  }
  trade.showEnd();
  return result;
}
