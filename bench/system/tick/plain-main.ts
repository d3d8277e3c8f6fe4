import { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Worker,
  type NativeConnection,
} from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { createPermitPublisher } from '../../../adapters/bus/permit-publisher.ts';
import { valueOf } from '../../../adapters/bus/stream-entry.ts';
import { readGroup } from '../../../adapters/bus/stream-reader.ts';
import { openTradeRow } from '../../../adapters/ledger/trade-rows.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import { runProcess, type ProcessContext } from '../../../workers/run-process.ts';
import { openPorts, type Ports } from '../../../workers/trading/open-ports.ts';
import { required } from '../../../config/required.ts';
import { installTemporalRuntime } from '../../../workers/temporal-runtime.ts';
import { tradingActivities } from '../../../workers/trading/trading-activities.ts';
import { createDispatch } from './dispatch.ts';
import { PLAIN_CANDIDATES } from './feed.ts';
import type { plainTradeWorkflow } from './plain-workflow.ts';

const QUEUES = ['plain', 'plain-analysis'] as const;

/** The plain shape's worker: the same ports and activities as ours, in another order of hops. */
async function main(context: ProcessContext): Promise<void> {
  installTemporalRuntime(context.log);
  const ports = await openPorts(context);
  const address = required(context.config.addresses.temporal, 'TEMPORAL_ADDRESS');
  const connection = await connectNative(address);
  context.onStop('temporal', () => connection.close());
  await startWorkers(context, ports, connection);
  await startReader(context, ports, connection);
  context.ready();
}

async function startWorkers(
  context: ProcessContext,
  ports: Ports,
  connection: NativeConnection,
): Promise<void> {
  const permits = createPermitPublisher(ports.bus);
  const activities = {
    ...tradingActivities({
      context,
      ports,
      permits: { publish: async () => undefined }, // That is `dispatch`, a step of its own.
      settlePermits: async () => [],
    }),
    ...createDispatch(ports.pool, permits, ports.wallet),
  };
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('plain-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  for (const taskQueue of QUEUES) {
    const worker = await Worker.create({
      connection,
      namespace: NAMESPACE,
      taskQueue,
      activities,
      ...(taskQueue === 'plain' ? { workflowBundle: { code }, maxCachedWorkflows: 2_500 } : {}),
    });
    const running = worker.run();
    context.onStop(taskQueue, async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    });
  }
}

async function startReader(
  { onStop }: ProcessContext,
  ports: Ports,
  connection: NativeConnection,
): Promise<void> {
  const { workflow } = new Client({ connection, namespace: NAMESPACE });
  const { key } = PLAIN_CANDIDATES;
  const reader = readGroup({
    connection: await ports.openReader(key),
    stream: key,
    group: 'plain',
    consumer: 'plain-1',
    onFault: ports.onFault('plain candidates'),
    onEntry: async (entry) => {
      const candidate = valueOf<Candidate>(key, entry, 'c');
      const workflowId = tradeWorkflowId(candidate.market, candidate.signalId);
      await Promise.all([
        openTradeRow(ports.pool, candidate, workflowId),
        ports.mirror.refreshClock(),
      ]);
      await workflow.start<typeof plainTradeWorkflow>('plainTradeWorkflow', {
        workflowId,
        taskQueue: 'plain',
        args: [candidate],
      });
    },
  });
  onStop('reader', () => reader.stop());
}

await runProcess('plain', main);
