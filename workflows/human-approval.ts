import {
  ApplicationFailure,
  CancellationScope,
  condition,
  patched,
  setHandler,
} from '@temporalio/workflow';
import {
  approvalFault,
  needsApproval,
  type ApprovalAnswer,
  type ApprovalEnd,
} from '../domain/control/approval-order.ts';
import { approveTrade, rejectTrade } from '../temporal/messages.ts';
import { waitingSummary } from '../temporal/step-summaries.ts';
import type { ApprovalFacts, ApprovalSetting, TradeFacts } from '../temporal/trade-facts.ts';
import type { OpenTrade } from './open-trade.ts';
import { beginWaiting } from './trade-activities.ts';

/** From the first task on, so that an answer to a trade that asks nobody is refused with a reason. */
export function hearApprovals(trade: OpenTrade): void {
  const hear = (message: typeof approveTrade, answer: ApprovalAnswer): void =>
    setHandler(
      message,
      (order) => {
        const { approval, candidate } = trade.facts;
        if (!approval) throw new Error('answered before it was asked'); // The validator forbids it.
        trade.record({ approval: { ...approval, ended: answer, order } });
        return { signalId: candidate.signalId, answer, operator: order.operator };
      },
      {
        validator(order) {
          const fault = approvalFault(order, viewOf(trade.facts));
          if (fault !== undefined) throw ApplicationFailure.nonRetryable(fault, 'approval/refused');
        },
      },
    );
  hear(approveTrade, 'approved');
  hear(rejectTrade, 'rejected');
}

function viewOf({ stage, end, setting, approval }: TradeFacts) {
  return {
    stage: end ?? stage,
    operators: setting.approval?.operators,
    asked: approval !== undefined,
    ended: approval?.ended,
    by: approval?.order?.operator,
  };
}

/** Waits until a person has answered or nobody can any more. Undefined: nobody has to be asked. */
export async function untilAnswered(trade: OpenTrade): Promise<ApprovalFacts | undefined> {
  const { setting, entry, candidate } = trade.facts;
  const wanted = setting.approval;
  if (!wanted || !entry || !needsApproval(entry.signal.notional, wanted.notionalMin)) {
    return undefined;
  }
  if (!patched('wait-for-approval')) return undefined;
  const { askedAtMs } = await beginWaiting(candidate.signalId);
  const untilMs = askedAtMs + wanted.withinMs;
  trade.record({ stage: 'waiting', approval: { askedAtMs, untilMs, asked: entry.signal } });
  trade.show(); // A person finds it by its status.
  return endOfWait(trade, wanted);
}

async function endOfWait(trade: OpenTrade, { withinMs }: ApprovalSetting): Promise<ApprovalFacts> {
  const { inbox } = trade;
  const unanswered = (): Exclude<ApprovalEnd, ApprovalAnswer> | undefined =>
    inbox.runEnded() ? 'run-ended' : inbox.cancelled() ? 'cancelled' : undefined;
  const isOver = (): boolean =>
    trade.facts.approval?.ended !== undefined || unanswered() !== undefined;
  // A cancelled workflow is told apart from one that nobody answered, and ends like it.
  await CancellationScope.nonCancellable(() =>
    condition(isOver, withinMs, { summary: waitingSummary(trade.facts) }),
  );
  const { approval } = trade.facts;
  if (!approval) throw new Error('nobody was asked'); // A bug: fails the task, not the trade.
  if (approval.ended !== undefined) return approval;
  const closed: ApprovalFacts = { ...approval, ended: unanswered() ?? 'late' };
  trade.record({ approval: closed });
  return closed;
}
