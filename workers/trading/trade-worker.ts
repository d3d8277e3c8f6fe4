import {
  Worker,
  type ActivityInterceptorsFactory,
  type NativeConnection,
} from '@temporalio/worker';
import type { Converting } from '../../adapters/payloads/payload-codec.ts';
import type { ControlActivities } from '../../activities/control.ts';
import { NAMESPACE, TRADING_QUEUE } from '../../temporal/ids.ts';
import type { TradeActivities } from '../../workflows/trade-activities.ts';

export type TradeWorkerOptions = {
  readonly connection: NativeConnection;
  readonly bundlePath: string;
  /** Without those of control no stop is worked on here. */
  readonly activities: TradeActivities & Partial<ControlActivities>;
  readonly taskQueue?: string;
  readonly converting?: Converting;
  readonly interceptors?: readonly ActivityInterceptorsFactory[];
};

export function createTradeWorker(options: TradeWorkerOptions): Promise<Worker> {
  return Worker.create({
    connection: options.connection,
    namespace: NAMESPACE,
    ...options.converting,
    taskQueue: options.taskQueue ?? TRADING_QUEUE,
    workflowBundle: { codePath: options.bundlePath },
    activities: { ...options.activities },
    interceptors: { activity: [...(options.interceptors ?? [])] },
    // Room for 2,000 open trades: when it is full, eager starts silently end and trades stall.
    maxCachedWorkflows: 2_500,
    // Fixed slots: tuned ones hold a new slot back by 50 ms.
    maxConcurrentWorkflowTaskExecutions: 64,
    maxConcurrentActivityTaskExecutions: 64,
    maxConcurrentLocalActivityExecutions: 128,
    // A parked poll is the fast path.
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 5, initial: 8, maximum: 32 },
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 5, initial: 8, maximum: 32 },
    // After a worker's crash its trades move to another within a second, instead of ten.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '2s',
    shutdownForceTime: '4s',
  });
}
