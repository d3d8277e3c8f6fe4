import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectBus, type BusConnection } from '../../adapters/bus/connect.ts';
import { permitStreamOf, STREAMS } from '../../adapters/bus/stream-names.ts';
import { createPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { createSocketClient } from '../../adapters/socket-rpc/client.ts';
import type { Stages } from '../../hotpath/stages.ts';
import {
  fundAndOpenPool,
  makeSecrets,
  startExecutor,
  type RunningExecutor,
} from '../../test/support/executor.ts';
import { startTestServers } from '../../test/support/servers.ts';
import { startSimnet } from '../../test/support/simnet.ts';
import { EXECUTOR_FLAGS } from '../../workers/dev/executor-flags.ts';
import { makeCertificate } from '../shared/certificate.ts';
import { startChild, type BenchChild } from '../shared/child.ts';
import { countScavenges, type ScavengeCount } from '../shared/scavenges.ts';
import { LANES, MARKET, type Side } from './names.ts';

/** A bench signs in a minute what a trader would not in a year. */
const NO_LIMITS = {
  OVERMIND_EXECUTION_SIGNATURES_PER_MINUTE_MAX: '1000000',
  OVERMIND_EXECUTION_BUYS_PER_MINUTE_USD_MAX: '100000000',
  OVERMIND_EXECUTION_IN_FLIGHT_USD_MAX: '100000000',
  OVERMIND_EXECUTION_REPEATS_MAX: '1000000',
};

export type Lane = {
  readonly pid: number;
  /** Where its permits arrive and its reports appear. */
  readonly permits: string;
  readonly group: string;
  readonly reports: string;
};

export type StageTable = ReturnType<Stages['read']>;

export type Bench = {
  readonly busUrl: string;
  readonly bus: BusConnection;
  readonly engine: BenchChild;
  readonly approver: BenchChild;
  readonly lanes: Readonly<Record<Side, Lane>>;
  /** What the executor says of its stages. */
  readStages(): Promise<StageTable>;
  /** Of the executor's own thread. */
  readonly scavenges: ScavengeCount;
  close(): Promise<void>;
};

/** Everything of the bench, each in its own process; what is measured is `hotpath/main.ts` itself. */
export async function openBench(profile: string | undefined): Promise<Bench> {
  const ends: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    return await open(ends, close, profile);
  } catch (error) {
    await close();
    throw error;
  }
}

type Ends = (() => unknown)[];

async function open(
  ends: Ends,
  close: () => Promise<void>,
  profile: string | undefined,
): Promise<Bench> {
  const secrets = makeSecrets();
  const { home, wallet } = secrets;
  ends.push(() => rmSync(home, { recursive: true, force: true }));
  const { servers, simnet } = await openServers(ends, wallet);
  const certificate = makeCertificate(home);
  const engine = await openChild(ends, './engine.ts', {
    BENCH_CERT_FILE: certificate.certFile,
    BENCH_KEY_FILE: certificate.keyFile,
    BENCH_SIMNET_URL: simnet.url,
  });
  const engineUrl = `https://localhost:${String(engine.facts['port'])}`;
  const addresses = { home, busUrl: servers.dragonflyUrl, engineUrl, simnetUrl: simnet.url };
  const { certFile } = certificate;
  const { postgresUrl } = servers;
  const executor = await openExecutor(ends, { ...addresses, postgresUrl, certFile, profile });
  const socket = createSocketClient({ path: join(home, 'run', 'executor.sock') });
  ends.push(() => socket.close());
  const baseline = await openChild(ends, './baseline.ts', {
    NODE_EXTRA_CA_CERTS: certFile,
    BENCH_BUS_URL: addresses.busUrl,
    BENCH_ENGINE_URL: engineUrl,
    BENCH_SIMNET_URL: simnet.url,
    BENCH_WALLET_FILE: join(home, 'secrets', 'wallet.json'),
  });
  const floor = await openChild(ends, './floor.ts', {
    NODE_EXTRA_CA_CERTS: certFile,
    BENCH_BUS_URL: addresses.busUrl,
    BENCH_ENGINE_URL: engineUrl,
  });
  const approver = await openChild(ends, './approver.ts', {
    BENCH_BUS_URL: addresses.busUrl,
    BENCH_WALLET: wallet,
    BENCH_PERMIT_KEY_FILE: join(home, 'secrets', 'permit.key'),
    BENCH_EXECUTOR_EPOCH: String(executor.facts['executorEpoch']),
  });
  const bus = await connectBus(addresses.busUrl, { name: 'bench' });
  ends.push(() => bus.disconnect());
  return {
    busUrl: addresses.busUrl,
    bus,
    engine,
    approver,
    lanes: {
      fast: fastLane(executor, wallet),
      baseline: { ...LANES.baseline, pid: baseline.pid },
      floor: { ...LANES.floor, pid: floor.pid },
    },
    readStages: () => socket.call<StageTable>('metrics', {}, 5_000),
    scavenges: countScavenges(executor.child),
    close,
  };
}

async function openServers(ends: Ends, wallet: string) {
  const servers = await startTestServers({ postgres: true, dragonfly: true });
  ends.push(() => servers.stop());
  const simnet = await startSimnet({ slotMs: 400 });
  ends.push(() => simnet.stop());
  const pool = createPool(servers.postgresUrl, 'bench');
  await migrate(pool);
  await pool.end();
  await fundAndOpenPool(simnet.url, wallet, MARKET);
  return { servers, simnet };
}

async function openChild(ends: Ends, name: string, env: Readonly<Record<string, string>>) {
  const started = await startChild(new URL(name, import.meta.url), env);
  ends.push(() => started.stop());
  return started;
}

type ExecutorSetup = {
  readonly home: string;
  readonly busUrl: string;
  readonly postgresUrl: string;
  readonly engineUrl: string;
  readonly simnetUrl: string;
  readonly certFile: string;
  readonly profile: string | undefined;
};

async function openExecutor(ends: Ends, setup: ExecutorSetup): Promise<RunningExecutor> {
  const { profile } = setup;
  const executor = await startExecutor({
    home: setup.home,
    postgresUrl: setup.postgresUrl,
    dragonflyUrl: setup.busUrl,
    // Paper sends to its first RPC address alone: the engine, which hands on what is simnet's.
    rpcUrls: [setup.engineUrl, setup.simnetUrl],
    markets: MARKET,
    env: {
      // The only way in which the engine's certificate is believed.
      NODE_EXTRA_CA_CERTS: setup.certFile,
      OVERMIND_JITO_REQUESTS_PER_SECOND: '100000',
      ...NO_LIMITS,
      OVERMIND_LOG_LEVEL: 'warn',
    },
    execArgv: [
      ...EXECUTOR_FLAGS,
      '--trace-gc',
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ],
  });
  ends.push(() => executor.stop());
  return executor;
}

function fastLane({ child }: RunningExecutor, wallet: string): Lane {
  return {
    pid: child.pid ?? 0,
    permits: permitStreamOf(wallet),
    group: 'executor',
    reports: STREAMS.reports.key,
  };
}
