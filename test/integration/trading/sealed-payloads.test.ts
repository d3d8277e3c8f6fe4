import { randomBytes } from 'node:crypto';
import { Client, type Connection } from '@temporalio/client';
import { DefaultLogger, Runtime, type NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertingOf } from '../../../adapters/payloads/payload-codec.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { NAMESPACE } from '../../../temporal/ids.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { createApprovalClient } from '../../../workers/trading/approval-client.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { untilWaiting, waitingTrades, type WaitingTrade } from '../../support/waiting-trades.ts';

const LIMIT_MS = 60_000;
const keys = [randomBytes(32)];
const sealing = convertingOf({ keys, inTemporal: true });
const reading = convertingOf({ keys, inTemporal: false });
const row = ({ workflowId }: WaitingTrade) => ({ workflowId, stage: 'waiting', reasons: [] });
const ORDER = { operator: 'alice', reason: 'a reason in plain words' };
/** Of arguments, results, an update, a memo and a summary. */
const WORDS = [ORDER.reason, 'memoryUpToMs', 'notionalMin', 'breaches', 'waits for a person'];

let servers: TestServers;
let native: NativeConnection;
let client: Connection;
let bundlePath: string;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ temporal: true });
  native = await connectNative(servers.temporalAddress);
  client = await connectTemporal(servers.temporalAddress);
  bundlePath = await workflowBundleIn(servers.home);
}, 120_000);

afterAll(async () => {
  await client?.close();
  await native?.close();
  await servers?.stop();
});

/** Everything that Temporal keeps of a workflow; bytes, which its JSON has in base64, as text. */
async function readKept(workflowId: string): Promise<string> {
  const { workflow: workflows } = new Client({ connection: client, namespace: NAMESPACE });
  const [history, described] = await Promise.all([
    workflows.getHandle(workflowId).fetchHistory(),
    client.workflowService.describeWorkflowExecution({
      namespace: NAMESPACE,
      execution: { workflowId },
    }),
  ]);
  const kept = JSON.stringify([history, described]);
  const bytes = kept.matchAll(/"(?:data|encoding)":"([\w+/=]+)"/g);
  return [kept, ...[...bytes].map(([, text]) => Buffer.from(text ?? '', 'base64'))].join('\n');
}

describe('with the codec', () => {
  it(
    'a trade runs as ever, and the server keeps none of its words and figures',
    () =>
      waitingTrades({ connection: native, client, bundlePath, converting: sealing }).run(
        'sealed',
        {},
        async (trade) => {
          await untilWaiting(trade);
          const approvals = createApprovalClient(client, { converting: sealing });
          expect(await approvals.answer(row(trade), 'approved', ORDER)).toEqual({ ok: true });
          expect(await trade.result()).toMatchObject({ end: 'refused' });
          const kept = await readKept(trade.workflowId);
          expect(kept).toContain('binary/encrypted');
          for (const word of WORDS) {
            expect(kept).not.toContain(word);
          }
        },
      ),
    LIMIT_MS,
  );

  it(
    'the same words are found where nothing is sealed',
    () =>
      waitingTrades({ connection: native, client, bundlePath }).run('plain', {}, async (trade) => {
        await untilWaiting(trade);
        expect(await createApprovalClient(client).answer(row(trade), 'approved', ORDER)).toEqual({
          ok: true,
        });
        await trade.result();
        const kept = await readKept(trade.workflowId);
        for (const word of WORDS) {
          expect(kept).toContain(word);
        }
      }),
    LIMIT_MS,
  );

  it(
    'an answer that is not sealed is heard, as from the Web UI or the command line',
    () =>
      waitingTrades({ connection: native, client, bundlePath, converting: sealing }).run(
        'by-hand',
        {},
        async (trade) => {
          await untilWaiting(trade);
          // It reads what comes back, and seals nothing of what it says.
          const byHand = createApprovalClient(client, { converting: reading });
          expect(await byHand.answer(row(trade), 'approved', ORDER)).toEqual({ ok: true });
          expect(await trade.result()).toMatchObject({ end: 'refused' });
        },
      ),
    LIMIT_MS,
  );

  it(
    'what was sealed is read by a worker that seals no more itself',
    () =>
      waitingTrades({ connection: native, client, bundlePath, converting: reading }).run(
        'read-on',
        {},
        async (trade) => {
          await untilWaiting(trade);
          const sealed = createApprovalClient(client, { converting: sealing });
          expect(await sealed.answer(row(trade), 'rejected', ORDER)).toEqual({ ok: true });
          expect(await trade.result()).toMatchObject({ end: 'declined' });
        },
      ),
    LIMIT_MS,
  );
});
