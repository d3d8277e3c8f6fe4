import { randomUUID } from 'node:crypto';
import {
  Client,
  isGrpcServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Connection,
} from '@temporalio/client';
import type { ApprovalAnswer, ApprovalOrder } from '../../domain/control/approval-order.ts';
import type { TradeLine } from '../../adapters/ledger/trade-list.ts';
import type { ClientSetting } from './client-setting.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { NAMESPACE } from '../../temporal/ids.ts';
import { approveTrade, rejectTrade } from '../../temporal/messages.ts';

export type ApprovalTakenOrNot =
  { readonly ok: true } | { readonly ok: false; readonly why: string };

export type ApprovalClient = {
  /** Throws `temporal/unreachable`: then whether it counts is not known. */
  answer(
    trade: Pick<TradeLine, 'workflowId' | 'stage' | 'reasons'>,
    answer: ApprovalAnswer,
    order: ApprovalOrder,
  ): Promise<ApprovalTakenOrNot>;
};

/** The trade itself judges an answer, so a worker has to be there. */
const ANSWER_MS_MAX = 5_000;

export function createApprovalClient(
  connection: Connection,
  { converting = {} }: ClientSetting = {},
): ApprovalClient {
  const { workflow: workflows } = new Client({ connection, namespace: NAMESPACE, ...converting });
  return {
    async answer({ workflowId, stage, reasons }, answer, order) {
      const update = answer === 'approved' ? approveTrade : rejectTrade;
      // An id of its own each time: who answers twice must hear that it was twice.
      const options = { args: [order] as [ApprovalOrder], updateId: randomUUID() };
      try {
        await connection.withDeadline(Date.now() + ANSWER_MS_MAX, () =>
          workflows.getHandle(workflowId).executeUpdate(update, options),
        );
        return { ok: true };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) {
          return { ok: false, why: `the trade is over: ${[stage, ...reasons].join(', ')}` };
        }
        if (error instanceof WorkflowUpdateFailedError) {
          return { ok: false, why: error.cause?.message ?? error.message };
        }
        throw asTemporalError(error);
      }
    },
  };
}

function asTemporalError(error: unknown): unknown {
  const isAway =
    isGrpcServiceError(error) || error instanceof WorkflowUpdateRPCTimeoutOrCancelledError;
  if (!isAway) return error;
  const fault = `no worker took it in ${ANSWER_MS_MAX} ms, or the server is away`;
  return new OvermindError(
    'temporal/unreachable',
    { operation: 'answer', fault },
    { cause: error },
  );
}
