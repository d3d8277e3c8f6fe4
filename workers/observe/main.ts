import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPool } from '../../adapters/ledger/connect.ts';
import { loadConfig, type Config } from '../../config/config.ts';
import { withEnvFile } from '../../config/env-file.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { describeFault } from '../dev/describe-fault.ts';
import { readRunFile, type RunFile } from '../dev/run-file.ts';
import { cacheFolder } from '../dev/servers/cache-folder.ts';
import { resolveMonitors } from '../dev/servers/monitors.ts';
import { startAlertmanager, startPrometheus } from '../dev/servers/prometheus.ts';
import type { RunningServer, ServerSetup } from '../dev/servers/running-server.ts';
import { secretPath, writeSecret } from '../dev/servers/secrets.ts';
import {
  alertmanagerConfig,
  COMPOSE_CONTROL,
  type ControlReceiver,
} from './alertmanager-config.ts';
import { issueAlertToken } from './issue-alert-token.ts';
import { prometheusConfig } from './prometheus-config.ts';

const ROOT = join(import.meta.dirname, '..', '..');

const USAGE = `npm run observe                          Prometheus and AlertManager for the system that runs here, until Ctrl-C
npm run observe -- --every SECONDS       the same, scraping more or less often than each 15 s
npm run observe -- --alertmanager FILE   writes AlertManager's configuration for Compose, receivers included`;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      every: { type: 'string', default: '15' },
      alertmanager: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(USAGE);
  const env = withEnvFile(process.env, process.cwd());
  const config = loadConfig(env);
  if (values.alertmanager !== undefined) {
    const text = alertmanagerConfig({ control: COMPOSE_CONTROL, people: config.alerts });
    writeSecret(values.alertmanager, text.trimEnd());
    return console.log(`written to ${values.alertmanager}, for its owner alone`);
  }
  const everySeconds = secondsOf(values.every);
  const interrupted = interruption();
  const setup: ServerSetup = {
    home: config.home,
    cache: cacheFolder(env),
    env,
    ports: 'conventional',
    progress: (text) => console.log(text),
  };
  const servers = await startMonitors(config, setup, everySeconds);
  for (const { name, url, source } of servers) console.log(`${name}  ${url}  (${source})`);
  console.log('Ctrl-C stops both.');
  await interrupted;
  await Promise.all(servers.map((server) => server.stop()));
}

/** AlertManager first: Prometheus has its address in the configuration. */
async function startMonitors(
  config: Config,
  setup: ServerSetup,
  everySeconds: number,
): Promise<readonly RunningServer[]> {
  const run = requireRun(config.home);
  const binaries = await resolveMonitors(setup);
  const control = await controlOf(run, config.home);
  const folder = join(config.home, 'observe');
  mkdirSync(folder, { recursive: true });
  const alertmanager = await startAlertmanager({
    setup,
    binaries,
    configFor: () => {
      // Passwords of receivers may stand in it.
      const path = secretPath(config.home, 'alertmanager.yml');
      writeSecret(
        path,
        alertmanagerConfig({
          control,
          people: config.alerts,
          groupWaitSeconds: Math.min(10, everySeconds),
        }),
      );
      return path;
    },
  });
  try {
    const prometheus = await startPrometheus({
      setup,
      binaries,
      configFor: (port) => writePrometheus(config.home, { run, port, alertmanager, everySeconds }),
    });
    return [prometheus, alertmanager];
  } catch (error) {
    await alertmanager.stop();
    throw error;
  }
}

function requireRun(home: string): RunFile {
  const run = readRunFile(home);
  if (run) return run;
  const looked = `${join(home, 'run.json')} is not there. Start one with npm start`;
  throw new OvermindError('system/unreachable', { looked });
}

/** A token that may do nothing but tell of alerts; a new one each time, the one before is revoked. */
async function controlOf({ addresses }: RunFile, home: string): Promise<ControlReceiver> {
  const pool = createPool(addresses['postgres'] ?? '', 'observe', 1);
  const tokenFile = secretPath(home, 'alertmanager.token');
  try {
    writeSecret(tokenFile, await issueAlertToken(pool));
  } finally {
    await pool.end();
  }
  return { url: `${addresses['api']}/control/alert`, tokenFile };
}

type PrometheusPlace = {
  readonly run: RunFile;
  readonly port: number;
  readonly alertmanager: RunningServer;
  readonly everySeconds: number;
};

function secondsOf(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new OvermindError('config/invalid', { faults: `--every: got ${text}, wants 1 to 999` });
}

function writePrometheus(home: string, place: PrometheusPlace): string {
  const { run, port, alertmanager, everySeconds } = place;
  const { addresses } = run;
  const template = readFileSync(join(ROOT, 'ops/prometheus/prometheus.yml'), 'utf8');
  const text = prometheusConfig(template, {
    rules: join(ROOT, 'ops/prometheus/rules/*.yml'),
    everySeconds,
    targets: {
      'api:8080': hostOf(addresses['api']),
      'trading:9464': hostOf(addresses['tradingMetrics']),
      'brain:9465': hostOf(addresses['brainMetrics']),
      'temporal:9233': hostOf(addresses['temporalMetrics']),
      'prometheus:9090': `127.0.0.1:${port}`,
      'alertmanager:9093': hostOf(alertmanager.url),
    },
  });
  const path = join(home, 'observe', 'prometheus.yml');
  writeSecret(path, text.trimEnd());
  return path;
}

const hostOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : new URL(url).host;

function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve());
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(describeFault(error));
  process.exitCode = 1;
}
