import type { LedgerRole } from '../../adapters/ledger/roles.ts';
import type { Config } from '../../config/config.ts';
import { executorCommand } from './executor-command.ts';
import { EXECUTOR_FLAGS } from './executor-flags.ts';
import {
  startOwnProcess,
  type OwnProcess,
  type ProcessHooks,
  type RunningProcess,
} from './own-process.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { Progress } from './progress.ts';
import { choosePort } from './servers/ports.ts';
import type { ServerSetup } from './servers/running-server.ts';
import type { Servers } from './start-servers.ts';

export type StartProcesses = {
  readonly config: Config;
  readonly setup: ServerSetup;
  readonly servers: Servers;
  readonly run: PreparedRun;
  readonly ports: Ports;
  readonly progress: Progress;
  readonly hooks: ProcessHooks;
  readonly onStop: (name: string, stop: () => Promise<void>) => void;
};

export type Ports = {
  readonly api: number;
  readonly brain: number;
  /** Of Temporal's SDK in these processes. */
  readonly tradingMetrics: number;
  readonly brainMetrics: number;
};

/** What other Prometheus exporters of OpenTelemetry listen on, and the next one. */
const SDK_METRICS_PORT = 9_464;

export async function choosePorts({ addresses }: Config, setup: ServerSetup): Promise<Ports> {
  return {
    api: await choosePort('the api', addresses.apiPort, setup),
    brain: await choosePort('the brain', addresses.brain.port, setup),
    tradingMetrics: await choosePort('metrics of trading', SDK_METRICS_PORT, setup),
    brainMetrics: await choosePort('metrics of the brain', SDK_METRICS_PORT + 1, setup),
  };
}

/** Beside each other, and ingest when all the others do their job: it brings the work. */
export async function startProcesses(options: StartProcesses): Promise<void> {
  const { run, progress, ports } = options;
  const shared = environmentOf(options);
  const process = (name: string, root: string, role: LedgerRole): OwnProcess => {
    const env = { ...shared, DATABASE_URL: options.servers.postgres.roleUrl(role) };
    return { name, root, env, restarts: true };
  };
  const measured = (one: OwnProcess, port: number): OwnProcess => {
    const env = { ...one.env, OVERMIND_SDK_METRICS_ADDRESS: `127.0.0.1:${port}` };
    return { ...one, env };
  };
  const begin = async (one: OwnProcess): Promise<RunningProcess> => {
    const running = await progress.during(one.name, () => startOwnProcess(one, options.hooks));
    options.onStop(one.name, running.stop);
    return running;
  };
  const { config, setup } = options;
  const under = executorCommand({ home: config.home, env: setup.env, say: progress.say });
  const hotpath = {
    ...process('hotpath', 'hotpath/main.ts', 'executor'),
    under,
    flags: EXECUTOR_FLAGS,
  };
  const started = await Promise.allSettled([
    begin(process('api', 'workers/api/main.ts', 'api')),
    begin(hotpath),
    begin(measured(process('brain', 'workers/brain/main.ts', 'brain'), ports.brainMetrics)),
    begin(measured(process('trading', 'workers/trading/main.ts', 'trading'), ports.tradingMetrics)),
    run.baseline,
  ]);
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  await begin(process('ingest', 'workers/ingest/main.ts', 'ingest'));
}

function environmentOf({ config, setup, servers, run, ports }: StartProcesses) {
  return {
    ...setup.env,
    OVERMIND_HOME: config.home,
    OVERMIND_DATA_DIR: config.dataDir,
    OVERMIND_RUN_ID: run.runId,
    OVERMIND_MARKETS: run.markets.map(({ id }) => id).join(','),
    DRAGONFLY_URL: servers.dragonfly.url,
    CHROMA_URL: servers.chroma.url,
    TEMPORAL_ADDRESS: servers.temporal.address,
    // As browsers reach it, where the operator says so.
    OVERMIND_TEMPORAL_UI_URL: config.addresses.temporalUi ?? servers.temporal.uiUrl ?? '',
    OVERMIND_RPC_URLS: servers.chain.urls.join(','),
    ...(servers.chain.grpcUrl === undefined
      ? {}
      : { OVERMIND_JITO_GRPC_URL: servers.chain.grpcUrl }),
    OVERMIND_API_PORT: String(ports.api),
    OVERMIND_BRAIN_PORT: String(ports.brain),
  };
}
