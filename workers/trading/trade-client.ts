import {
  Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowClient,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketId, SignalId } from '../../domain/shared/ids.ts';
import { describeTrade } from '../../temporal/describe-trade.ts';
import { NAMESPACE, TRADING_QUEUE, tradeWorkflowId } from '../../temporal/ids.ts';
import { newTrade, type TradeSetting } from '../../temporal/trade-facts.ts';
import type { tradeWorkflow } from '../../workflows/trade.ts';

export type TradeClient = {
  start(candidate: Candidate, setting: TradeSetting): Promise<'eager' | 'queued' | 'exists'>;
  /** `gone` where the workflow has ended or never was: nobody is left to be told. */
  signal<Message>(
    trade: { readonly market: MarketId; readonly signalId: SignalId },
    message: SignalDefinition<[Message]> | SignalDefinition<[]>,
    ...args: readonly Message[]
  ): Promise<'delivered' | 'gone'>;
};

/** On the worker's own connection: only then does the first task come back with the start. */
export function createTradeClient(
  connection: NativeConnection,
  taskQueue = TRADING_QUEUE,
): TradeClient {
  const workflows: WorkflowClient = new Client({ connection, namespace: NAMESPACE }).workflow;
  return {
    async start(candidate, setting) {
      const { summary, details, attributes, memo } = describeTrade(newTrade(candidate, setting));
      try {
        const handle = await workflows.start<typeof tradeWorkflow>('tradeWorkflow', {
          workflowId: tradeWorkflowId(candidate.market, candidate.signalId),
          // A candidate that comes again must never trade again.
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          taskQueue,
          args: [candidate, setting],
          requestEagerStart: true,
          workflowTaskTimeout: '5s',
          staticSummary: summary,
          staticDetails: details,
          typedSearchAttributes: [...attributes],
          memo: { ...memo },
        });
        return handle.eagerlyStarted ? 'eager' : 'queued';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'exists';
        throw error;
      }
    },
    async signal({ market, signalId }, message, ...args) {
      try {
        const handle = workflows.getHandle(tradeWorkflowId(market, signalId));
        await handle.signal(message.name, ...args);
        return 'delivered';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'gone';
        throw error;
      }
    },
  };
}
