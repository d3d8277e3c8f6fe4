import {
  Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type ConnectionLike,
  type WorkflowClient,
} from '@temporalio/client';
import type { ClientSetting } from './client-setting.ts';
import { describeHalt } from '../../temporal/describe-halt.ts';
import { newHalt, type HaltFacts } from '../../temporal/halt-facts.ts';
import { emergencyStopWorkflowId, NAMESPACE, TRADING_QUEUE } from '../../temporal/ids.ts';
import { flattenPositions, haltProgress, lookAgain } from '../../temporal/messages.ts';
import type { emergencyStopWorkflow } from '../../workflows/emergency-stop.ts';

export type StopOrder = { readonly stopId: string; readonly reason: string };

export type StopClient = {
  /** Safe to repeat: one stop has one workflow. */
  start(order: StopOrder): Promise<'started' | 'exists'>;
  /** Also where nobody has started the workflow, or somebody has ended it by hand. */
  flatten(order: StopOrder): Promise<void>;
  /** Needs a worker to answer. */
  readProgress(stopId: string): Promise<HaltFacts>;
  /** Nobody is told where the workflow has ended. */
  lookAgain(stopId: string): Promise<void>;
};

/** Temporal's part in a stop. */
export function createStopClient(
  connection: ConnectionLike,
  { taskQueue = TRADING_QUEUE, converting = {} }: ClientSetting = {},
): StopClient {
  const workflows: WorkflowClient = new Client({ connection, namespace: NAMESPACE, ...converting })
    .workflow;
  const handleOf = (stopId: string) => workflows.getHandle(emergencyStopWorkflowId(stopId));
  const optionsOf = (order: StopOrder) => {
    const halt = newHalt({ ...order, startedAtMs: 0, flatten: false });
    const { summary, details, attributes } = describeHalt(halt);
    return {
      workflowId: emergencyStopWorkflowId(order.stopId),
      taskQueue,
      workflowTaskTimeout: '5s' as const,
      staticSummary: summary,
      staticDetails: details,
      typedSearchAttributes: [...attributes],
    };
  };
  return {
    async start(order) {
      try {
        await workflows.start<typeof emergencyStopWorkflow>('emergencyStopWorkflow', {
          ...optionsOf(order),
          args: [order],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
        });
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'exists';
        throw error;
      }
    },
    async flatten(order) {
      await workflows.signalWithStart<typeof emergencyStopWorkflow>('emergencyStopWorkflow', {
        ...optionsOf(order),
        args: [order],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        signal: flattenPositions,
        signalArgs: [],
      });
    },
    readProgress: (stopId) => handleOf(stopId).query(haltProgress),
    async lookAgain(stopId) {
      try {
        await handleOf(stopId).signal(lookAgain);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}
