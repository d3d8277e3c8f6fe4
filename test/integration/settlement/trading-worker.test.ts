import { Client } from '@temporalio/client';
import type { Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { writeJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter, type StreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { serveSocket } from '../../../adapters/socket-rpc/server.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import type { LegEnd, MarketState } from '../../../domain/market/feed.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { NAMESPACE, tradeWorkflowId } from '../../../temporal/ids.ts';
import {
  fundAndOpenPool,
  makeSecrets,
  startExecutor,
  type RunningExecutor,
} from '../../support/executor.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { openRun } from '../../support/settling.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import { aCandidate, anOpinion, aTrigger } from '../../support/trade-wires.ts';
import { startTradingWorker, type RunningTradingWorker } from '../../support/trading-worker.ts';

const MARKET = 'SOL-USDC';
const secrets = makeSecrets();
const soon = { timeout: 30_000, interval: 50 };

let servers: TestServers;
let simnet: RunningSimnet;
let pool: LedgerPool;
let bus: BusConnection;
let writer: StreamWriter;
let brain: Server;
let executor: RunningExecutor;
let worker: RunningTradingWorker;
let candidate: Candidate;

beforeAll(async () => {
  [servers, simnet] = await Promise.all([
    startTestServers({ postgres: true, dragonfly: true, temporal: true }),
    startSimnet({ slotMs: 50, grpc: true }),
  ]);
  pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
  await openRun(pool, secrets.wallet);
  bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  writer = createStreamWriter(bus);
  const poolSlot = await fundAndOpenPool(simnet.url, secrets.wallet, MARKET);
  candidate = aCandidate({ price: '100', solPrice: '100', poolSlot });
  await publishMarket();
  // The brain alone is played: what it thinks is not what this test is about.
  brain = await serveSocket({ host: '127.0.0.1', port: 0 }, { analyse: () => anOpinion() });
  executor = await startExecutor({
    home: secrets.home,
    postgresUrl: servers.postgresUrl,
    dragonflyUrl: servers.dragonflyUrl,
    rpcUrls: [simnet.url, simnet.url2],
    markets: MARKET,
  });
  worker = await startTradingWorker({
    OVERMIND_HOME: secrets.home,
    DATABASE_URL: servers.postgresUrl,
    DRAGONFLY_URL: servers.dragonflyUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OVERMIND_RPC_URLS: `${simnet.url},${simnet.url2}`,
    OVERMIND_JITO_GRPC_URL: `http://${simnet.grpcAddress}`,
    OVERMIND_BRAIN_PORT: String((brain.address() as AddressInfo).port),
    OVERMIND_MARKETS: MARKET,
    OVERMIND_RUN_ID: 'r1',
  });
}, 180_000);

afterAll(async () => {
  await worker?.stop();
  await executor?.stop();
  brain?.close();
  bus?.disconnect();
  await pool?.end();
  await Promise.all([simnet?.stop(), servers?.stop()]);
});

async function publishMarket(): Promise<void> {
  const { marketTimeMs, featureVersion } = candidate;
  const state: MarketState = {
    event: {
      kind: 'candle',
      market: MARKET,
      source: 'test',
      marketTimeMs,
      intervalMs: 60_000,
      open: '100',
      high: '100',
      low: '100',
      close: '100',
      volume: '1',
    },
    featureVersion,
    warmup: false,
  };
  await writer.append(STREAMS.market, { e: JSON.stringify(state) });
  await writeJson(bus, CLOCK_KEY, { marketMs: marketTimeMs, wallMs: Date.now(), rate: 0 });
}

const trade = async () =>
  (await pool.query('select stage, reasons, breaches, realised_pnl, exit_reason from trades'))
    .rows[0];
const stage = async (): Promise<unknown> => (await trade())?.stage;
const legEnds = async (): Promise<LegEnd[]> =>
  (await bus.xrange(STREAMS.legs.key, '-', '+')).map(([, [, text = '']]) => JSON.parse(text));

describe('the trading worker as a process', () => {
  it('says that it is ready, for which run and wallet', () => {
    expect(worker.facts).toMatchObject({
      process: 'trading',
      run: 'r1',
      wallet: secrets.wallet,
      markets: [MARKET],
    });
  });

  it('carries a candidate through executor and chain to a closed trade', async () => {
    const { signalId } = candidate;
    await writer.append(STREAMS.candidates, { c: JSON.stringify(candidate) });
    await expect.poll(stage, soon).toBe('managing');
    expect(await legEnds()).toEqual([{ signalId, leg: 'entry', end: 'landed' }]);

    const exit = aTrigger({ signalId, price: '100', solPrice: '100', poolSlot: 0 });
    await writer.append(STREAMS.exits, { x: JSON.stringify(exit) });
    await expect.poll(stage, soon).toBe('closed');
    expect(await legEnds()).toContainEqual({ signalId, leg: 'exit', end: 'landed' });
    const { realised_pnl: realised, exit_reason: reason } = await trade();
    expect(reason).toBe('take-profit');
    expect(BigInt(realised)).toBeLessThan(0n); // Both ways at one price: the costs alone.

    const { rows } = await pool.query(
      `select leg, status, signature is not null as signed,
        published_ns <= read_ns and read_ns <= wire_ns as timed from permits order by leg`,
    );
    expect(rows).toEqual([
      { leg: 'entry', status: 'landed', signed: true, timed: true },
      { leg: 'exit', status: 'landed', signed: true, timed: true },
    ]);
    const exposure = await pool.query('select reserved, spent from exposure');
    for (const row of exposure.rows) expect(row).toEqual({ reserved: '0', spent: '0' });
  });

  it('ends the workflow with the result that is in the ledger', async () => {
    const connection = await connectTemporal(servers.temporalAddress);
    const client = new Client({ connection, namespace: NAMESPACE });
    const handle = client.workflow.getHandle(tradeWorkflowId(MARKET, candidate.signalId));
    expect(await handle.result()).toMatchObject({ end: 'closed', exitReason: 'take-profit' });
    await connection.close();
  });

  it('writes JSON lines only, and stops in order when asked to', async () => {
    expect(await worker.stop()).toBe(0);
    const lines = worker.output().trim().split('\n');
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(() => JSON.parse(line), line).not.toThrow();
    const faults = lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50);
    expect(faults).toEqual([]);
    expect(worker.output()).not.toContain('did not stop cleanly');
  });
});
