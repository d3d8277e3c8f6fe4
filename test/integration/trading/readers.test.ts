import { DefaultLogger, Runtime, type NativeConnection, type Worker } from '@temporalio/worker';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBlocking, connectBus, type BusConnection } from '../../../adapters/bus/connect.ts';
import { writeJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, RUN_ENDING_KEY, STREAMS } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter, type StreamWriter } from '../../../adapters/bus/stream-writer.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { loadMarkets } from '../../../config/markets.ts';
import type { LegEnd, MarketState } from '../../../domain/market/feed.ts';
import { connectNative } from '../../../temporal/native-connection.ts';
import { createMarketMirror, type MarketMirror } from '../../../workers/trading/market-mirror.ts';
import { startReaders } from '../../../workers/trading/start-readers.ts';
import { createTradeClient } from '../../../workers/trading/trade-client.ts';
import { createTradeWorker } from '../../../workers/trading/trade-worker.ts';
import { workflowBundleIn } from '../../../workers/trading/workflow-bundle.ts';
import { scriptedActivities, type ScriptedActivities } from '../../support/scripted-activities.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import {
  aCandidate,
  aDecision,
  aDecline,
  anAnalysis,
  anApproval,
  aRefusedReport,
  aTrigger,
} from '../../support/trade-wires.ts';

let servers: TestServers;
let connection: NativeConnection;
let pool: LedgerPool;
let bus: BusConnection;
let writer: StreamWriter;
let mirror: MarketMirror;
let worker: Worker;
let running: Promise<void>;
let scripted: ScriptedActivities;
const stops: (() => unknown)[] = [];
const first = aCandidate();
const second = aCandidate({ signalId: `${first.signalId}0`, marketTimeMs: first.marketTimeMs + 1 });

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  servers = await startTestServers({ postgres: true, dragonfly: true, temporal: true });
  pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
  await pool.query(
    "insert into runs (run_id, feed, mode, wallet) values ('r1', '{}', 'paper', 'wallet')",
  );
  bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  writer = createStreamWriter(bus);
  const openReader = (name: string): Promise<BusConnection> =>
    connectBlocking(servers.dragonflyUrl, { name });
  const onFault = () => (error: unknown) => console.error(error);
  await writeJson(bus, CLOCK_KEY, { marketMs: first.marketTimeMs, wallMs: Date.now(), rate: 0 });
  mirror = await createMarketMirror({
    connection: bus,
    blocking: await openReader('market'),
    onFault: onFault(),
  });

  connection = await connectNative(servers.temporalAddress);
  scripted = scriptedActivities({
    analyse: [() => anAnalysis(), () => anAnalysis()],
    decide: [() => aDecline('flat'), () => aDecision({ signalId: second.signalId })],
    approve: [(signal) => anApproval(signal)],
  });
  worker = await createTradeWorker({
    connection,
    bundlePath: await workflowBundleIn(servers.home),
    activities: scripted.activities,
  });
  running = worker.run();
  await startReaders({
    context: { log: pino({ level: 'silent' }), onStop: (_name, stop) => stops.push(stop) },
    mode: 'paper',
    extras: () => ({}),
    ports: {
      bus,
      pool,
      runId: 'r1',
      openReader,
      mirror,
      markets: new Map(loadMarkets(['SOL-USDC']).map((market) => [market.id, market])),
      legEnds: {
        publish: async (end) =>
          void (await writer.append(STREAMS.legs, { l: JSON.stringify(end) })),
      },
      onFault,
    },
    trades: createTradeClient(connection),
    recordReport: async ({ permitId }) => ({
      permitId,
      signalId: second.signalId,
      market: 'SOL-USDC',
      leg: 'entry',
      status: 'refused',
      changed: true,
    }),
    onLive: () => undefined,
  });
}, 120_000);

afterAll(async () => {
  for (const stop of stops) await stop();
  worker?.shutdown();
  await running;
  await mirror?.stop();
  bus?.disconnect();
  await pool?.end();
  await connection?.close();
  await servers?.stop();
});

const legEnds = async (): Promise<LegEnd[]> =>
  (await bus.xrange(STREAMS.legs.key, '-', '+')).map(([, [, text = '']]) => JSON.parse(text));
const rows = async (): Promise<readonly unknown[]> =>
  (await pool.query('select signal_id, stage from trades order by signal_id')).rows;
const pendingOf = async (key: string, group: string): Promise<unknown> =>
  ((await bus.xpending(key, group)) as unknown[])[0];
const soon = { timeout: 15_000, interval: 50 };

describe('the bus readers of the trading worker', () => {
  it('start a trade a candidate, and one that comes again only ends its leg', async () => {
    for (let copy = 0; copy < 2; copy++) {
      await writer.append(STREAMS.candidates, { c: JSON.stringify(first) });
    }
    await expect
      .poll(legEnds, soon)
      .toEqual([{ signalId: first.signalId, leg: 'entry', end: 'declined' }]);
    await expect.poll(() => scripted.calls, soon).toEqual(['analyse', 'decide']);
    expect(await rows()).toEqual([{ signal_id: first.signalId, stage: 'analysing' }]);
    await expect.poll(() => pendingOf(STREAMS.candidates.key, 'trading'), soon).toBe(0);
  });

  it('give up what can never be read, and go on with what is behind it', async () => {
    await writer.append(STREAMS.candidates, { c: '{"signalId":' });
    await writer.append(STREAMS.candidates, { c: JSON.stringify(aCandidate({ runId: 'r0' })) });
    await writer.append(STREAMS.candidates, { c: JSON.stringify(second) });
    await expect.poll(() => scripted.calls.length, soon).toBe(5);
    expect(scripted.calls.slice(2)).toEqual(['analyse', 'decide', 'approve']);
    await expect.poll(() => pendingOf(STREAMS.candidates.key, 'trading'), soon).toBe(0);
    expect(scripted.unexpected).toEqual([]);
  });

  it('carry a refusal to ledger, trade and market clock', async () => {
    const report = { ...aRefusedReport('entry', 'stale-chain') };
    await writer.append(STREAMS.reports, {
      r: JSON.stringify({ ...report, permitId: `${second.signalId}/entry/1` }),
    });
    await expect
      .poll(legEnds, soon)
      .toContainEqual({ signalId: second.signalId, leg: 'entry', end: 'refused' });
    await expect.poll(() => pendingOf(STREAMS.reports.key, 'bridge'), soon).toBe(0);
  });

  it('let the clock run on where the trade to close is gone', async () => {
    await writer.append(STREAMS.exits, { x: JSON.stringify(aTrigger()) });
    await expect
      .poll(legEnds, soon)
      .toContainEqual({ signalId: first.signalId, leg: 'exit', end: 'declined' });
  });

  it('tell trades without a permit that the run ends', async () => {
    await bus.set(RUN_ENDING_KEY, '1');
    // Both have ended for Temporal, though not for this test's ledger: being told harms nobody.
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(scripted.unexpected).toEqual([]);
  });
});

describe('the market mirror', () => {
  it('knows the newest event of a market, in the order of the stream', async () => {
    const stateAt = (marketTimeMs: number, close: string): MarketState => ({
      event: {
        kind: 'candle',
        market: 'SOL-USDC',
        source: 'test',
        marketTimeMs,
        intervalMs: 60_000,
        open: close,
        high: close,
        low: close,
        close,
        volume: '1',
      },
      featureVersion: 'state_v1',
      warmup: false,
    });
    // A new run begins earlier again: the last one counts, not the highest time.
    for (const [time, close] of [
      [3_000, '3'],
      [1_000, '1'],
    ] as const) {
      await writer.append(STREAMS.market, { e: JSON.stringify(stateAt(time, close)) });
    }
    await expect
      .poll(() => mirror.newest('SOL-USDC'), soon)
      .toEqual({ price: '1', marketTimeMs: 1_000, intervalMs: 60_000 });
    expect(mirror.nowMs()).toBe(first.marketTimeMs);
    await writeJson(bus, CLOCK_KEY, { marketMs: 77_000, wallMs: Date.now(), rate: 0 });
    await mirror.refreshClock();
    expect(mirror.nowMs()).toBe(77_000);
  });
});
