import { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectTemporal } from '../../../temporal/connection.ts';
import { NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import { startHaltingSystem, type HaltingSystem } from '../../support/halting-system.ts';
import type { RunningTradingWorker } from '../../support/trading-worker.ts';
import { until } from '../../support/until.ts';

let system: HaltingSystem;
let client: Client;
let workers: readonly RunningTradingWorker[];

beforeAll(async () => {
  system = await startHaltingSystem();
  const first = system.worker();
  // Another one of the same run, on the same servers: nothing else says that there are two.
  await system.startWorker();
  workers = [first, system.worker()];
  const connection = await connectTemporal(system.servers.temporalAddress);
  client = new Client({ connection, namespace: NAMESPACE });
}, 180_000);

afterAll(async () => {
  await client?.connection.close();
  await Promise.all((workers ?? []).map((worker) => worker.stop()));
  await system?.stop();
});

/** Process ids of the workers that have had the workflow in hand, in order. */
async function handsOf(workflowId: string): Promise<readonly number[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskStartedEventAttributes: started }) =>
    started?.identity ? [Number.parseInt(started.identity, 10)] : [],
  );
}

describe('two trading workers', () => {
  it('are one when the one that has a trade in hand is killed: the other brings it to its end', async () => {
    const candidate = await system.offer(1);
    const workflowId = tradeWorkflowId(candidate.market, candidate.signalId);
    const holder = await until('somebody has it in hand', async () => {
      const pid = await handsOf(workflowId)
        .then((pids) => pids.at(-1))
        .catch(() => undefined);
      return workers.find(({ child }) => child.pid === pid);
    });
    holder.child.kill('SIGKILL');
    await system.untilStage(candidate, 'managing');

    const hands = new Set(await handsOf(workflowId));
    expect(hands.size).toBe(2);
    const { rows } = await system.pool.query(
      `select p.status, count(s.*)::int as settled from permits p
       left join settlements s using (permit_id) where p.signal_id = $1 group by p.permit_id`,
      [candidate.signalId],
    );
    expect(rows).toEqual([{ status: 'landed', settled: 1 }]);
  });

  it('go on as one: the next trade is taken and judged', async () => {
    const candidate = await system.offer(20);
    await system.untilStage(candidate, 'refused');
    const { rows } = await system.pool.query('select count(*)::int as n from positions');
    expect(rows).toEqual([{ n: 1 }]);
  });
});
