import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, type NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTrade } from '../../../temporal/describe-trade.ts';
import { NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import {
  endRun,
  reportExecution,
  reportSettlement,
  requestExit,
  tradeStage,
} from '../../../temporal/messages.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { newTrade } from '../../../temporal/trade-facts.ts';
import { workflowsQuery } from '../../../temporal/web-ui.ts';
import { createTradeWorker } from '../../../workers/trading/trade-worker.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { tradeWorkflow } from '../../../workflows/index.ts';
import { scriptedActivities, type Script } from '../../support/scripted-activities.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import {
  aCandidate,
  aDecision,
  aDecline,
  aFailure,
  aLanding,
  anAnalysis,
  anApproval,
  anExitWire,
  anOutcome,
  aRefusal,
  aRefusedReport,
  aReport,
  aTrigger,
  solSetting,
} from '../../support/trade-wires.ts';
import { until } from '../../support/until.ts';

const LIMIT_MS = 60_000;

let servers: TestServers;
let connection: NativeConnection;
let client: Client;
let bundlePath: string;
let queues = 0;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ temporal: true });
  connection = await connectNative(servers.temporalAddress);
  client = new Client({ connection, namespace: NAMESPACE });
  bundlePath = await workflowBundleIn(servers.home);
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await servers?.stop();
});

/** Runs one trade on a queue of its own; `act` plays everyone who sends it messages. */
async function runTrade(
  script: Script,
  act: (trade: Awaited<ReturnType<typeof start>>) => Promise<void>,
  setting = solSetting,
) {
  const taskQueue = `trade-test-${queues++}`;
  const scripted = scriptedActivities(script);
  const worker = await createTradeWorker({
    connection,
    bundlePath,
    activities: scripted.activities,
    taskQueue,
  });
  return worker.runUntil(async () => {
    const handle = await start(taskQueue, setting);
    await act(handle);
    const result = await handle.result();
    expect(scripted.unexpected).toEqual([]);
    const description = await client.workflow.getHandle(handle.workflowId).describe();
    return { result, scripted, handle, description };
  });
}

async function start(taskQueue: string, setting = solSetting) {
  const candidate = aCandidate({ signalId: `${aCandidate().signalId}` });
  const described = describeTrade(newTrade(candidate, setting));
  return client.workflow.start(tradeWorkflow, {
    workflowId: `${tradeWorkflowId(candidate.market, candidate.signalId)}-${taskQueue}`,
    taskQueue,
    args: [candidate, setting],
    requestEagerStart: true,
    workflowTaskTimeout: '5s',
    staticSummary: described.summary,
    typedSearchAttributes: [...described.attributes],
    memo: { ...described.memo },
  });
}

describe('a trade on a real Temporal server', () => {
  it(
    'goes from candidate to lesson, and is found by what it was',
    async () => {
      const exit = anExitWire();
      const { result, scripted, handle, description } = await runTrade(
        {
          analyse: [() => anAnalysis()],
          decide: [() => aDecision()],
          approve: [() => anApproval(), () => anApproval(exit)],
          decideExit: [
            ({ attempt, widenings, trigger }) => {
              expect({ attempt, widenings, reason: trigger.reason }).toEqual({
                attempt: 1,
                widenings: 0,
                reason: 'take-profit',
              });
              return { trade: true, signal: exit, reasons: [] };
            },
          ],
          learn: [() => anOutcome()],
        },
        async (trade) => {
          // Twice each: delivery is at least once.
          for (const leg of ['entry', 'exit'] as const) {
            for (let copy = 0; copy < 2; copy++) {
              await trade.signal(reportExecution, aReport(leg));
            }
            await trade.signal(reportSettlement, aLanding(leg));
            if (leg === 'exit') continue;
            await until('managing', async () => (await trade.query(tradeStage)) === 'managing');
            await trade.signal(requestExit, aTrigger());
          }
        },
      );

      expect(handle.eagerlyStarted).toBe(true);
      expect(scripted.calls).toEqual([
        'analyse',
        'decide',
        'approve',
        'decideExit',
        'approve',
        'learn',
      ]);
      expect(result).toMatchObject({
        end: 'closed',
        exitReason: 'take-profit',
        entryPrice: '147.167',
        exitPrice: '148.197',
        realisedPnl: '+1.39413 USDC',
        signatures: ['signature-entry-1', 'signature-exit-1'],
      });
      expect(description.memo).toMatchObject({ realisedPnl: '+1.39413 USDC' });

      const query =
        "TradeStatus = 'closed' and Market = 'SOL-USDC' and PnlUsd > 1.39 and Side = 'buy' and " +
        "Strategy = 'breakout' and Verdict = 'approved' and Exploring = false and " +
        "ExecLatencyUs = 148 and SlippageBps = 8 and TxSignature = 'signature-exit-1'";
      await until('listed', async () => {
        for await (const found of client.workflow.list({ query })) {
          if (found.workflowId === handle.workflowId) return true;
        }
        return false;
      });
    },
    LIMIT_MS,
  );

  it(
    'ends a declined trade with its reasons, without a permit',
    async () => {
      const { result, description } = await runTrade(
        {
          analyse: [() => anAnalysis({ conviction: 0.4 })],
          decide: [() => aDecline('conviction 0.40 is below 0.70')],
        },
        async () => undefined,
      );
      expect(result).toMatchObject({ end: 'declined', why: ['conviction 0.40 is below 0.70'] });
      expect(description.typedSearchAttributes.getAll()).toContainEqual(
        expect.objectContaining({ value: 'declined' }),
      );
    },
    LIMIT_MS,
  );

  it(
    'lists every breach of a trade that risk refused',
    async () => {
      const { result, handle } = await runTrade(
        {
          analyse: [() => anAnalysis()],
          decide: [() => aDecision()],
          approve: [() => aRefusal('notional', 'cool-down')],
        },
        async () => undefined,
      );
      expect(result.end).toBe('refused');
      expect(result.why).toHaveLength(2);
      await until('listed', async () => {
        const query = "Breaches = 'cool-down' and Breaches = 'notional' and Verdict = 'refused'";
        for await (const found of client.workflow.list({ query })) {
          if (found.workflowId === handle.workflowId) return true;
        }
        return false;
      });
      // As trades that a memory voted on are listed, which no attribute could say.
      const ids: string[] = [];
      const query = workflowsQuery([handle.workflowId, 'trade/SOL-USDC/nobody']);
      for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
      expect(ids).toEqual([handle.workflowId]);
    },
    LIMIT_MS,
  );

  it(
    'goes on in a new run when its history is long, and widens only after a price miss',
    async () => {
      const asked: { attempt: number; widenings: number }[] = [];
      const exits = [1, 2, 3].map((attempt) => anExitWire(attempt));
      const decideExit = exits.map(
        (signal) => (request: { readonly attempt: number; readonly widenings: number }) => {
          asked.push({ attempt: request.attempt, widenings: request.widenings });
          return { trade: true as const, signal, reasons: [] };
        },
      );
      const { result, handle } = await runTrade(
        {
          analyse: [() => anAnalysis()],
          decide: [() => aDecision()],
          approve: [() => anApproval(), ...exits.map((signal) => () => anApproval(signal))],
          decideExit,
          learn: [() => anOutcome()],
        },
        async (trade) => {
          // By id alone: the run changes on the way.
          const any = client.workflow.getHandle(trade.workflowId);
          await any.signal(reportSettlement, aLanding('entry'));
          await until('managing', async () => (await any.query(tradeStage)) === 'managing');
          await any.signal(requestExit, aTrigger({ reason: 'stop-loss' }));
          await until('attempt 1', async () => asked.length === 1);
          await any.signal(reportExecution, aRefusedReport('exit', 'worse-price', 1));
          await until('attempt 2', async () => asked.length === 2);
          await any.signal(reportSettlement, aFailure('exit', 2, 'InsufficientFunds'));
          await until('attempt 3', async () => asked.length === 3);
          await any.signal(reportSettlement, aLanding('exit', 3));
        },
        { ...solSetting, historyLengthMax: 30 },
      );
      expect(asked).toEqual([
        { attempt: 1, widenings: 0 },
        { attempt: 2, widenings: 1 },
        { attempt: 3, widenings: 1 },
      ]);
      expect(result).toMatchObject({ end: 'closed', exitReason: 'stop-loss' });
      const last = await client.workflow.getHandle(handle.workflowId).describe();
      expect(last.runId).not.toBe(handle.firstExecutionRunId);
    },
    LIMIT_MS,
  );

  it(
    'keeps a position although the workflow is cancelled, and closes it for the operator',
    async () => {
      const exit = anExitWire(1, { exitReason: 'operator' });
      const { result } = await runTrade(
        {
          analyse: [() => anAnalysis()],
          decide: [() => aDecision()],
          approve: [() => anApproval(), () => anApproval(exit)],
          readMarketTime: [() => undefined],
          decideExit: [() => ({ trade: true, signal: exit, reasons: [] })],
          learn: [() => anOutcome({ exitReason: 'operator' })],
        },
        async (trade) => {
          await trade.signal(reportSettlement, aLanding('entry'));
          await until('managing', async () => (await trade.query(tradeStage)) === 'managing');
          await trade.cancel();
          await until('exiting', async () => (await trade.query(tradeStage)) === 'exiting');
          await trade.signal(reportSettlement, aLanding('exit'));
        },
      );
      expect(result).toMatchObject({ end: 'closed', exitReason: 'operator' });
    },
    LIMIT_MS,
  );

  it(
    'is not ended by a run that ends while its permit is out',
    async () => {
      const { result } = await runTrade(
        {
          analyse: [() => anAnalysis()],
          decide: [() => aDecision()],
          approve: [() => anApproval()],
        },
        async (trade) => {
          await trade.signal(endRun);
          await trade.signal(reportExecution, aRefusedReport('entry', 'stale-chain'));
        },
      );
      expect(result).toMatchObject({ end: 'refused', why: ['executor: stale-chain'] });
    },
    LIMIT_MS,
  );
});
