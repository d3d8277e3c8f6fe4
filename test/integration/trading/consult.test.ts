import { DefaultLogger, Runtime, type NativeConnection } from '@temporalio/worker';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectNative } from '../../../temporal/native-connection.ts';
import { startConsulting } from '../../../workers/brain/consulting.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { createAdviceRecords } from '../../../adapters/ledger/advice-records.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { startBrain } from '../../support/brain.ts';
import { consultConfig, runConsultedTrade } from '../../support/consulted-trades.ts';
import { until } from '../../support/until.ts';
import { aCompletion, llmServer, saying, type LlmServer } from '../../support/llm-server.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aTradeRow } from '../../support/trade-ledger.ts';
import { UNSEALED } from '../../support/unsealed.ts';

const VETO = '{"verdict":"veto","reasons":["trend-against"],"confidence":88}';
const LIMIT_MS = 60_000;

let servers: TestServers;
let connection: NativeConnection;
let bundlePath: string;
let pool: LedgerPool;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ temporal: true, postgres: true, dragonfly: true });
  pool = createPool(servers.postgresUrl, 'test');
  await migrate(pool);
  const text = `insert into runs (run_id, feed, mode, wallet) values ('r1', '{}', 'paper', 'w')`;
  await pool.query(text);
  connection = await connectNative(servers.temporalAddress);
  bundlePath = await workflowBundleIn(servers.home);
}, 120_000);

afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

afterAll(async () => {
  await connection?.close();
  await pool?.end();
  await servers?.stop();
});

const configWith = (url: string, mode?: string) => consultConfig(servers, url, mode);

/** The part of the brain that serves `consult`, as its process starts it. */
async function startBrainPart(url: string): Promise<void> {
  let output = '';
  const context = {
    config: configWith(url),
    log: pino({}, { write: (line: string) => (output += line) }),
    onStop: (_name: string, stop: () => unknown) => void stops.push(stop),
    persist: <Result>(work: () => Promise<Result>) => work(),
    ready: () => undefined,
  };
  startConsulting(context, pool);
  await until('served', async () => output.includes('overlay is served'));
}

async function aServer(...args: Parameters<typeof llmServer>): Promise<LlmServer> {
  const server = await llmServer(...args);
  stops.push(() => server.stop());
  return server;
}

const runTrade = (url: string, mode?: string) =>
  runConsultedTrade({ connection, bundlePath, config: configWith(url, mode) });

describe('a trade with the overlay, on a real Temporal server', () => {
  it(
    'is vetoed by a model over HTTP, asked by the brain’s process',
    async () => {
      const { url } = await aServer(saying(aCompletion({ content: VETO })));
      const brain = await startBrain({
        OVERMIND_HOME: servers.home,
        OVERMIND_RUN_ID: 'r1',
        DATABASE_URL: servers.postgresUrl,
        DRAGONFLY_URL: servers.dragonflyUrl,
        TEMPORAL_ADDRESS: servers.temporalAddress,
        OVERMIND_AI_MODE: 'enabled',
        OVERMIND_LLM_URL: url,
      });
      stops.push(() => brain.stop());
      await until('consulting', async () => brain.output().includes('overlay is served'));
      const { result, told, scheduled } = await runTrade(url);
      expect(told[0]).toMatchObject({
        answered: true,
        advice: { verdict: 'veto', reasons: ['trend-against'] },
        by: 'primary',
        model: 'gpt-6-luna',
        costMicroUsd: 150,
      });
      expect(result).toMatchObject({ end: 'declined', why: ['overlay-veto'] });
      expect(scheduled).toEqual(['consult']);
    },
    LIMIT_MS,
  );

  it(
    'goes on with the fast opinion when the model hangs',
    async () => {
      const { url } = await aServer(() => undefined);
      await startBrainPart(url);
      const { result, told } = await runTrade(url);
      expect(told[0]).toMatchObject({ answered: false, reason: 'timeout' });
      expect(told[0]?.failed).toHaveLength(1);
      expect(result.end).toBe('refused');
    },
    LIMIT_MS,
  );

  it(
    'goes on with the fast opinion when no brain is there',
    async () => {
      const { result, told } = await runTrade('http://127.0.0.1:1/v1');
      expect(told[0]).toMatchObject({ answered: false, reason: 'timeout', failed: [] });
      expect(result.end).toBe('refused');
    },
    LIMIT_MS,
  );

  it(
    'is asked beside the decision in advisory mode: a veto holds later entries back',
    async () => {
      const candidate = await aTradeRow(pool, {});
      const { signalId, marketTimeMs } = candidate;
      const next = { ...candidate, signalId: 'next', marketTimeMs: marketTimeMs + 1 };
      const { readVeto } = createAdviceRecords(pool, UNSEALED);
      const { url } = await aServer(saying(aCompletion({ content: VETO })));
      await startBrainPart(url);
      const { result, told, scheduled } = await runTrade(url, 'advisory');
      expect(told).toEqual([undefined]);
      expect(scheduled).toEqual(['consult', 'approve']);
      expect(result.end).toBe('refused');
      // The trade waits for nobody beside it, so the veto may be written after its end.
      await until('the veto', async () => (await readVeto(next)) !== undefined);
      expect(await readVeto(next)).toMatchObject({ signalId, reasons: ['trend-against'] });
      expect(await readVeto(candidate)).toBeUndefined();
    },
    LIMIT_MS,
  );

  it(
    'has no step of it when it is disabled',
    async () => {
      const { told, scheduled } = await runTrade('http://127.0.0.1:1/v1', 'disabled');
      expect(told).toEqual([undefined]);
      expect(scheduled).toEqual(['approve']);
    },
    LIMIT_MS,
  );
});
