import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { signalIdOfWorkflow } from '../temporal/ids.ts';

/** What a line says of a result. Of a name that is not here it says only that it was done. */
export type ResultFacts = Readonly<Record<string, (result: unknown) => object>>;

/** One line for each activity of a trade, when it has ended: which, how long it took, what it said. */
export function logActivities(log: Logger, facts: ResultFacts): ActivityInterceptorsFactory {
  return ({ info: { activityType, attempt, workflowExecution } }) => ({
    inbound: {
      async execute(input, next) {
        const beganMs = performance.now();
        const line = () => ({
          ...idsOf(workflowExecution?.workflowId ?? ''),
          activity: activityType,
          tookMs: Math.round((performance.now() - beganMs) * 10) / 10,
          ...(attempt > 1 ? { attempt } : {}),
        });
        try {
          const result = await next(input);
          log.info({ ...line(), ...facts[activityType]?.(result) }, 'activity done');
          return result;
        } catch (error) {
          log.warn({ ...line(), err: error }, 'activity failed');
          throw error;
        }
      },
    },
  });
}

/** A stop has no signal. */
function idsOf(workflowId: string) {
  const signalId = signalIdOfWorkflow(workflowId);
  return { workflowId, ...(signalId === undefined ? {} : { signalId }) };
}
