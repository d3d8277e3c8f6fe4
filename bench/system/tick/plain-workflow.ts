import { condition, proxyActivities, setHandler } from '@temporalio/workflow';
import type { ApprovalActivities } from '../../../activities/approval.ts';
import type { OpinionActivities } from '../../../activities/opinion.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import { reportExecution, reportSettlement } from '../../../temporal/messages.ts';
import type { DispatchActivities } from './dispatch.ts';

/** The brain is another team's worker: its own queue is what one would reach for. */
const { analyse } = proxyActivities<OpinionActivities>({
  taskQueue: 'plain-analysis',
  startToCloseTimeout: '2 seconds',
});
const { decide } = proxyActivities<OpinionActivities>({ startToCloseTimeout: '2 seconds' });
const { approve } = proxyActivities<ApprovalActivities>({ startToCloseTimeout: '2 seconds' });
const { dispatch } = proxyActivities<DispatchActivities>({ startToCloseTimeout: '2 seconds' });

/** The shape one would write first: a step, an activity. Shows nothing, and gives up in the end. */
export async function plainTradeWorkflow(candidate: Candidate): Promise<string> {
  let settled: string | undefined;
  setHandler(reportExecution, () => undefined);
  setHandler(reportSettlement, ({ kind }) => void (settled = kind));

  const analysis = await analyse(candidate);
  const decision = await decide(candidate, analysis);
  if (!decision.trade) return 'declined';
  const verdict = await approve(decision.signal);
  if (!verdict.approved) return 'refused';
  await dispatch(verdict.permit.id);
  await condition(() => settled !== undefined, '30 seconds');
  return settled ?? 'unknown';
}
