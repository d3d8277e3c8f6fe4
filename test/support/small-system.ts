import { rmSync } from 'node:fs';
import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { createPool, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { prepareNamespace } from '../../temporal/namespace.ts';
import { processEntry, writeRunFile } from '../../workers/dev/run-file.ts';
import { startBrain, type RunningBrain } from './brain.ts';
import { fundAndOpenPool, makeSecrets, startExecutor, type RunningExecutor } from './executor.ts';
import { freePort, startOwnProcess, type RunningOwnProcess } from './own-process.ts';
import { startTestServers, type TestServers } from './servers.ts';
import { startSimnet } from './simnet.ts';
import { aRunRow } from './trade-ledger.ts';

export type SmallSystem = {
  readonly home: string;
  readonly wallet: string;
  readonly servers: TestServers;
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly executor: RunningExecutor;
  readonly brain: RunningBrain;
  readonly apiUrl: string;
  readonly stop: () => Promise<void>;
};

const MARKET = 'SOL-USDC';
const RUN = 'r1';

export type SmallSystemOptions = {
  readonly chroma?: boolean;
  /** Variables of the environment, for every process but the executor. */
  readonly settings?: Readonly<Record<string, string>>;
};

/**
 * Every server and every process of ours but ingest, as the supervisor starts them, with a run file.
 * What ingest publishes is the test's to write: it decides how far the feed is.
 */
export async function startSmallSystem(options: SmallSystemOptions = {}): Promise<SmallSystem> {
  const { home, wallet } = makeSecrets();
  const stops: (() => unknown)[] = [() => rmSync(home, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const { chroma = false, settings = {} } = options;
    return await bringUp({ home, wallet, chroma, settings, stops, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

type Begin = {
  readonly home: string;
  readonly wallet: string;
  readonly chroma: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly stops: (() => unknown)[];
  readonly stop: () => Promise<void>;
};

async function bringUp({
  home,
  wallet,
  chroma,
  settings,
  stops,
  stop,
}: Begin): Promise<SmallSystem> {
  const wanted = { postgres: true, dragonfly: true, temporal: true, chroma };
  const starting = [startTestServers(wanted), startSimnet({ slotMs: 100 })] as const;
  // Each is to be stopped, also when the other does not start.
  const begun = await Promise.allSettled(starting);
  for (const one of begun) if (one.status === 'fulfilled') stops.push(one.value.stop);
  const [servers, simnet] = await Promise.all(starting);
  const pool = createPool(servers.postgresUrl, 'test', 2);
  const bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  stops.push(
    () => pool.end(),
    () => bus.disconnect(),
  );
  await Promise.all([
    migrate(pool),
    prepareNamespace(servers.temporalAddress),
    fundAndOpenPool(simnet.url, wallet, MARKET),
  ]);
  await aRunRow(pool, RUN, wallet);
  const apiPort = await freePort();
  const sdkMetrics = `127.0.0.1:${await freePort()}`;
  const rpcUrls = [simnet.url, simnet.url2];
  const env = {
    ...settings,
    OVERMIND_HOME: home,
    OVERMIND_RUN_ID: RUN,
    OVERMIND_MARKETS: MARKET,
    DATABASE_URL: servers.postgresUrl,
    DRAGONFLY_URL: servers.dragonflyUrl,
    CHROMA_URL: servers.chromaUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OVERMIND_RPC_URLS: rpcUrls.join(','),
    OVERMIND_API_PORT: String(apiPort),
  };
  const { postgresUrl, dragonflyUrl } = servers;
  const [executor, brain, trading] = await Promise.all([
    startExecutor({ home, postgresUrl, dragonflyUrl, rpcUrls, markets: MARKET }),
    startBrain(env),
    startOwnProcess('workers/trading/main.ts', {
      ...env,
      OVERMIND_SDK_METRICS_ADDRESS: sdkMetrics,
    }),
  ]);
  stops.push(executor.stop, brain.stop, trading.stop);
  const api = await startOwnProcess('workers/api/main.ts', {
    ...env,
    OVERMIND_BRAIN_PORT: String(brain.port),
  });
  stops.push(api.stop);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  writeRunFile(home, {
    run: RUN,
    mode: 'paper',
    startedAtMs: Date.now(),
    processes: entriesOf({ hotpath: executor, brain, trading, api }),
    addresses: {
      temporal: `http://${servers.temporalAddress}`,
      api: apiUrl,
      metrics: `${apiUrl}/metrics`,
      postgres: postgresUrl,
      dragonfly: dragonflyUrl,
      ...(chroma ? { chroma: servers.chromaUrl } : {}),
      simnet: simnet.url,
      brain: `http://127.0.0.1:${brain.port}`,
      tradingMetrics: `http://${sdkMetrics}/metrics`,
    },
  });
  return { home, wallet, servers, pool, bus, executor, brain, apiUrl, stop };
}

function entriesOf(running: Readonly<Record<string, Pick<RunningOwnProcess, 'child'>>>) {
  return Object.fromEntries(
    Object.entries(running).flatMap(([name, { child }]) => {
      const entry = processEntry(child.pid ?? 0);
      return entry ? [[name, entry]] : [];
    }),
  );
}
