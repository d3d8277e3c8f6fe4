import { ActivityFailure, condition, log } from '@temporalio/workflow';
import type { Leg, PermitId } from '../domain/shared/ids.ts';
import type { Settlement } from '../domain/settlement/settlement.ts';
import type { Wire } from '../domain/shared/wire.ts';
import { approveSummary, untilSettledSummary } from '../temporal/step-summaries.ts';
import type { LegFacts } from '../temporal/trade-facts.ts';
import type { OpenTrade } from './open-trade.ts';
import { approve, settle } from './trade-activities.ts';

export type LegEnding = 'landed' | 'failed' | 'expired' | 'refused';

/**
 * One attempt, from the signal to its proven end. `refused` is risk's when the leg has breaches,
 * else the executor's. Throws only where `approve` meets what no retry can mend.
 */
export async function runLeg(trade: OpenTrade, leg: Leg): Promise<LegEnding> {
  const proposed = legOf(trade, leg);
  if (!proposed.permit) {
    const verdict = await approve.executeWithOptions(
      { summary: approveSummary(proposed, trade.facts) },
      [proposed.signal],
    );
    if (!verdict.approved) {
      trade.recordLeg(leg, { breaches: verdict.breaches });
      return 'refused';
    }
    const { permit, signal, riskScore, adjustments } = verdict;
    trade.recordLeg(leg, { permit, signal, riskScore, adjustments });
    trade.record({ stage: leg === 'entry' ? 'executing' : 'exiting' });
    trade.show(); // After the permit is out: no attribute delays it.
  }
  return untilEnded(trade, leg);
}

/** Silence proves nothing, and `unknown` is never an end: only the chain closes a leg. */
async function untilEnded(trade: OpenTrade, leg: Leg): Promise<LegEnding> {
  const permitId = legOf(trade, leg).permit?.id ?? '';
  const { reports, settlements } = trade.inbox;
  const news = (): boolean => settlements.has(permitId) || reports.has(permitId);
  for (;;) {
    const { report } = legOf(trade, leg);
    const moreNews = (): boolean =>
      settlements.has(permitId) || (news() && reports.get(permitId) !== report);
    const heard = await condition(moreNews, '1 minute', {
      summary: untilSettledSummary(legOf(trade, leg)),
    });
    const latest = reports.get(permitId) ?? report;
    if (latest) trade.recordLeg(leg, { report: latest });
    const settlement = settlements.get(permitId) ?? (heard ? undefined : await ask(trade, leg));
    if (settlement) {
      trade.recordLeg(leg, { settlement });
      return settlement.kind;
    }
    if (latest?.kind === 'refused') return 'refused';
    await trade.continueIfLong();
  }
}

/** The backstop: the same look at the chain as the worker's watch, should its signal be lost. */
async function ask(trade: OpenTrade, leg: Leg): Promise<Wire<Settlement> | undefined> {
  const permitId: PermitId = legOf(trade, leg).permit?.id ?? '';
  try {
    const settlement = await settle.executeWithOptions(
      { summary: `${leg}: is there proof on chain?` },
      [permitId],
    );
    return settlement ?? undefined;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.warn('settlement could not be asked for', { permitId, cause: error.cause?.message });
    return undefined;
  }
}

export function legOf(trade: OpenTrade, leg: Leg): LegFacts {
  const facts = leg === 'entry' ? trade.facts.entry : trade.facts.exits.at(-1);
  if (!facts) throw new Error(`no ${leg} is under way`); // A bug: fails the task, not the trade.
  return facts;
}
