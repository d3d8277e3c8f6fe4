import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { expect, vi } from 'vitest';
import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { writeJson } from '../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, STREAMS } from '../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../adapters/bus/stream-writer.ts';
import { readWalletBalances } from '../../adapters/chain/wallet-balances.ts';
import { createRpcClient } from '../../adapters/chain/rpc-client.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { serveSocket } from '../../adapters/socket-rpc/server.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import { runCli, type CliResult } from './cli.ts';
import { fundAndOpenPool, makeSecrets, startExecutor, type RunningExecutor } from './executor.ts';
import { startTestServers, type TestServers } from './servers.ts';
import { openRun, RUN } from './settling.ts';
import { startSimnet, type RunningSimnet } from './simnet.ts';
import { aCandidate, anOpinion } from './trade-wires.ts';
import { startTradingWorker, type RunningTradingWorker } from './trading-worker.ts';

export const MARKET = 'SOL-USDC';
const SOON = { timeout: 30_000, interval: 50 };

export type HaltingSystem = {
  readonly home: string;
  readonly wallet: string;
  readonly servers: TestServers;
  readonly simnet: RunningSimnet;
  readonly pool: LedgerPool;
  readonly executor: () => RunningExecutor;
  readonly worker: () => RunningTradingWorker;
  /** A new life of the executor; the last one must have ended. */
  readonly startExecutor: () => Promise<void>;
  readonly startWorker: () => Promise<void>;
  /** The command, with the addresses that a run file would name. */
  readonly cli: (
    args: readonly string[],
    over?: Readonly<Record<string, string>>,
  ) => Promise<CliResult>;
  /** Hands a candidate to the trading worker. The brain, which alone is played, wants to buy. */
  readonly offer: (n: number) => Promise<Candidate>;
  readonly untilStage: (candidate: Candidate, stage: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/**
 * Servers, simnet, executor and trading worker, all real; without ingest nothing exits by itself.
 * Settings come last: those of a real brain's address take the played one's place.
 */
export async function startHaltingSystem(
  settings: Readonly<Record<string, string>> = {},
): Promise<HaltingSystem> {
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    return await bringUp(settings, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(
  settings: Readonly<Record<string, string>>,
  stops: (() => unknown)[],
  stop: () => Promise<void>,
): Promise<HaltingSystem> {
  const { home, wallet } = makeSecrets();
  stops.push(() => rmSync(home, { recursive: true, force: true }));
  const [servers, simnet] = await Promise.all([
    startTestServers({ postgres: true, dragonfly: true, temporal: true }),
    startSimnet({ slotMs: 50 }),
  ]);
  const pool = createPool(servers.postgresUrl, 'test', 4);
  const bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  stops.push(
    servers.stop,
    simnet.stop,
    () => pool.end(),
    () => bus.disconnect(),
  );
  await migrate(pool);
  await openRun(pool, wallet);
  const poolSlot = await fundAndOpenPool(simnet.url, wallet, MARKET);
  await storeBaseline(pool, simnet.url, wallet);
  const brain = await serveSocket({ host: '127.0.0.1', port: 0 }, { analyse: () => anOpinion() });
  stops.push(() => brain.close());
  const env = {
    OVERMIND_HOME: home,
    DATABASE_URL: servers.postgresUrl,
    DRAGONFLY_URL: servers.dragonflyUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OVERMIND_RPC_URLS: `${simnet.url},${simnet.url2}`,
    OVERMIND_BRAIN_PORT: String((brain.address() as AddressInfo).port), // A TCP server's.
    OVERMIND_MARKETS: MARKET,
    OVERMIND_RUN_ID: RUN,
    OVERMIND_RISK_COOL_DOWN_MS: '0',
    ...settings,
  };
  let executor: RunningExecutor;
  let worker: RunningTradingWorker;
  const startExecutorAgain = async (): Promise<void> => {
    const { postgresUrl, dragonflyUrl } = servers;
    const rpcUrls = [simnet.url, simnet.url2];
    executor = await startExecutor({ home, postgresUrl, dragonflyUrl, rpcUrls, markets: MARKET });
  };
  const startWorkerAgain = async (): Promise<void> => {
    worker = await startTradingWorker(env);
  };
  await Promise.all([startExecutorAgain(), startWorkerAgain()]);
  stops.push(
    () => executor.stop(),
    () => worker.stop(),
  );
  return {
    home,
    wallet,
    servers,
    simnet,
    pool,
    executor: () => executor,
    worker: () => worker,
    startExecutor: startExecutorAgain,
    startWorker: startWorkerAgain,
    cli: (args, over = {}) => runCli(args, { ...env, ...over }),
    offer: (n) => offer(bus, poolSlot, n),
    async untilStage({ signalId }, stage) {
      const text = 'select stage from trades where signal_id = $1';
      const read = async () => (await pool.query(text, [signalId])).rows[0]?.stage;
      await expect.poll(read, SOON).toBe(stage);
    },
    stop,
  };
}

/** What the wallet holds before any trade: without it neither sums nor FLAT mean anything. */
async function storeBaseline(pool: LedgerPool, url: string, wallet: string): Promise<void> {
  const client = createRpcClient({ url, timeoutMs: 5_000 });
  const read = async () => (await readWalletBalances(client, wallet, 'finalized')).balances;
  await vi.waitUntil(async () => (await read()).length === 3, SOON);
  const baseline = Object.fromEntries(
    (await read()).map(({ asset, amount }) => [asset, String(amount)]),
  );
  await pool.query('update runs set baseline = $1', [JSON.stringify(baseline)]);
}

async function offer(bus: BusConnection, poolSlot: number, n: number): Promise<Candidate> {
  const marketTimeMs = aCandidate().marketTimeMs + n * 60_000;
  const signalId = `${RUN}-${MARKET}-breakout-${marketTimeMs}`;
  const price = { price: '100', solPrice: '100' };
  const candidate = aCandidate({ ...price, signalId, marketTimeMs, poolSlot });
  const { featureVersion } = candidate;
  const event: MarketState['event'] = {
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
  };
  const writer = createStreamWriter(bus);
  const state: MarketState = { event, featureVersion, warmup: false };
  await writer.append(STREAMS.market, { e: JSON.stringify(state) });
  await writeJson(bus, CLOCK_KEY, { marketMs: marketTimeMs, wallMs: Date.now(), rate: 0 });
  await writer.append(STREAMS.candidates, { c: JSON.stringify(candidate) });
  return candidate;
}
