import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, type NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import { endRun } from '../../../temporal/messages.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { createTradeClient, type TradeClient } from '../../../workers/trading/trade-client.ts';
import { createTradeWorker } from '../../../workers/trading/trade-worker.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { scriptedActivities } from '../../support/scripted-activities.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aCandidate, aDecline, anAnalysis, solSetting } from '../../support/trade-wires.ts';

let servers: TestServers;
let connection: NativeConnection;
let trades: TradeClient;
let bundlePath: string;
const cache = mkdtempSync(join(tmpdir(), 'overmind-bundle-'));

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ temporal: true });
  connection = await connectNative(servers.temporalAddress);
  trades = createTradeClient(connection);
  bundlePath = await workflowBundleIn(cache);
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await servers?.stop();
  rmSync(cache, { recursive: true, force: true });
});

describe('the trade client', () => {
  it('starts a candidate once, eagerly, and tells when nobody is left to hear', async () => {
    const { activities, calls, unexpected } = scriptedActivities({
      analyse: [() => anAnalysis()],
      decide: [() => aDecline('flat')],
    });
    const worker = await createTradeWorker({ connection, bundlePath, activities });
    await worker.runUntil(async () => {
      expect(await trades.start(aCandidate(), solSetting)).toBe('eager');
      const workflowId = tradeWorkflowId('SOL-USDC', aCandidate().signalId);
      await new Client({ connection, namespace: NAMESPACE }).workflow.result(workflowId);
      expect(await trades.signal(aCandidate(), endRun)).toBe('gone');
      // Ended, and still the same candidate: it must not trade a second time.
      expect(await trades.start(aCandidate(), solSetting)).toBe('exists');
      expect({ calls, unexpected }).toEqual({ calls: ['analyse', 'decide'], unexpected: [] });
    });
  }, 30_000);

  it('tells of a trade that never was', async () => {
    const nobody = { market: 'SOL-USDC', signalId: 'r9-SOL-USDC-breakout-1' };
    expect(await trades.signal(nobody, endRun)).toBe('gone');
  });

  it('builds the same workflows once', async () => {
    expect(await workflowBundleIn(cache)).toBe(bundlePath);
  });
});
