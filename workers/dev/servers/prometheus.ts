import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MonitorBinaries } from './monitors.ts';
import { portsOf } from './ports.ts';
import { startServer, type RunningServer, type ServerSetup } from './running-server.ts';

const READY_LIMIT_MS = 20_000;

export type MonitorStart = {
  readonly setup: ServerSetup;
  readonly binaries: MonitorBinaries;
  /** Its own port is known only here: the configuration is written when it is. */
  readonly configFor: (port: number) => string;
};

/** Reads the configuration again on SIGHUP; keeps what it has scraped below the home. */
export async function startPrometheus(start: MonitorStart): Promise<RunningServer> {
  const { setup, binaries } = start;
  const [port = 0] = await portsOf('prometheus', [['prometheus', 9_090]], setup);
  const folder = join(setup.home, 'prometheus');
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const started = await startServer(
    {
      name: 'prometheus',
      command: binaries.prometheus,
      args: [
        `--config.file=${start.configFor(port)}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.tsdb.path=${folder}`,
        '--storage.tsdb.retention.time=30d',
      ],
      logFile: join(setup.home, 'logs', 'prometheus.log'),
      env: setup.env,
      cwd: folder,
      ports: [port],
      isReady: () => isOk(`${url}/-/ready`),
      readyLimitMs: READY_LIMIT_MS,
      stopSignal: 'SIGTERM',
    },
    setup,
  );
  return { name: 'prometheus', url, source: binaries.source, ...started };
}

/** Alone, without a cluster of its kind. */
export async function startAlertmanager(start: MonitorStart): Promise<RunningServer> {
  const { setup, binaries } = start;
  const [port = 0] = await portsOf('alertmanager', [['alertmanager', 9_093]], setup);
  const folder = join(setup.home, 'alertmanager');
  mkdirSync(folder, { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const started = await startServer(
    {
      name: 'alertmanager',
      command: binaries.alertmanager,
      args: [
        `--config.file=${start.configFor(port)}`,
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.path=${folder}`,
        '--cluster.listen-address=',
      ],
      logFile: join(setup.home, 'logs', 'alertmanager.log'),
      env: setup.env,
      cwd: binaries.alertmanagerFolder ?? folder,
      ports: [port],
      isReady: () => isOk(`${url}/-/ready`),
      readyLimitMs: READY_LIMIT_MS,
      stopSignal: 'SIGTERM',
    },
    setup,
  );
  return { name: 'alertmanager', url, source: binaries.source, ...started };
}

async function isOk(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
}
