import {
  Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowClient,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketId, SignalId } from '../../domain/shared/ids.ts';
import type { ClientSetting } from './client-setting.ts';
import { describeTrade } from '../../temporal/describe-trade.ts';
import { NAMESPACE, TRADING_QUEUE, tradeWorkflowId } from '../../temporal/ids.ts';
import { newTrade, type TradeFacts, type TradeSetting } from '../../temporal/trade-facts.ts';
import type { tradeWorkflow } from '../../workflows/trade.ts';

export type TradeClient = {
  start(candidate: Candidate, setting: TradeSetting): Promise<'eager' | 'queued' | 'exists'>;
  /** Goes on with a trade whose workflow is gone. `exists` where one runs after all. */
  revive(facts: TradeFacts): Promise<'revived' | 'exists'>;
  isRunning(trade: { readonly market: MarketId; readonly signalId: SignalId }): Promise<boolean>;
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
  { taskQueue = TRADING_QUEUE, converting = {} }: ClientSetting = {},
): TradeClient {
  const workflows: WorkflowClient = new Client({ connection, namespace: NAMESPACE, ...converting })
    .workflow;
  const begin = (
    facts: TradeFacts,
    more: Pick<WorkflowStartOptions, 'workflowIdReusePolicy' | 'requestEagerStart'>,
    args: Parameters<typeof tradeWorkflow>,
  ) => {
    const { summary, details, attributes, memo } = describeTrade(facts);
    const { market, signalId } = facts.candidate;
    return workflows.start<typeof tradeWorkflow>('tradeWorkflow', {
      workflowId: tradeWorkflowId(market, signalId),
      workflowIdConflictPolicy: 'FAIL',
      taskQueue,
      args,
      workflowTaskTimeout: '5s',
      staticSummary: summary,
      staticDetails: details,
      typedSearchAttributes: [...attributes],
      memo: { ...memo },
      ...more,
    });
  };
  const orExists = async <Started>(start: Promise<Started>): Promise<Started | 'exists'> => {
    try {
      return await start;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'exists';
      throw error;
    }
  };

  return {
    async start(candidate, setting) {
      // A candidate that comes again must never trade again.
      const once = { workflowIdReusePolicy: 'REJECT_DUPLICATE', requestEagerStart: true } as const;
      const started = await orExists(
        begin(newTrade(candidate, setting), once, [candidate, setting]),
      );
      if (started === 'exists') return started;
      return started.eagerlyStarted ? 'eager' : 'queued';
    },
    async revive(facts) {
      const { candidate, setting } = facts;
      const again = { workflowIdReusePolicy: 'ALLOW_DUPLICATE' } as const;
      const started = await orExists(begin(facts, again, [candidate, setting, facts]));
      return started === 'exists' ? started : 'revived';
    },
    async isRunning({ market, signalId }) {
      try {
        const { status } = await workflows.getHandle(tradeWorkflowId(market, signalId)).describe();
        return status.name === 'RUNNING' || status.name === 'PAUSED';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
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
