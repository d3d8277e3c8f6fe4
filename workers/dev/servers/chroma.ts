import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { findOnPath, unpackedWheel, whyNot } from './obtain.ts';
import { portsOf } from './ports.ts';
import { startServer, type RunningServer, type ServerSetup } from './running-server.ts';
import type { ServerProcess } from './server-life.ts';

const VERSION = '1.5.9';
const READY_LIMIT_MS = 30_000;

/**
 * The wheel holds the whole Rust server as a Python extension. Python's own signal handlers would
 * swallow SIGINT and SIGTERM while it runs, so they go back to the default.
 */
const RUN_WHEEL =
  'import sys,signal;signal.signal(2,signal.SIG_DFL);signal.signal(15,signal.SIG_DFL);' +
  'sys.path.insert(0,sys.argv[1]);import chromadb_rust_bindings as b;b.cli(["chroma"]+sys.argv[2:])';

type Way = { readonly command: string; readonly args: readonly string[]; readonly source: string };

/** Chroma: the durable memory of market states. */
export async function startChroma(
  setup: ServerSetup,
  given: { readonly url?: string | undefined } = {},
): Promise<RunningServer> {
  if (given.url !== undefined) return useGivenServer(given.url);
  const way = await resolveWay(setup);
  const [port = 0] = await portsOf('chroma', [['chroma', 8000]], setup);
  const url = `http://127.0.0.1:${port}`;
  const folder = join(setup.home, 'chroma');
  mkdirSync(folder, { recursive: true });
  const server: ServerProcess = {
    name: 'chroma',
    command: way.command,
    args: [...way.args, 'run', '--path', folder, '--host', '127.0.0.1', '--port', String(port)],
    logFile: join(setup.home, 'logs', 'chroma.log'),
    env: { ...setup.env, ANONYMIZED_TELEMETRY: 'False', RUST_LOG: 'warn' },
    cwd: folder,
    ports: [port],
    isReady: () => answers(url),
    readyLimitMs: READY_LIMIT_MS,
    stopSignal: 'SIGTERM',
  };
  const started = await startServer(server, setup);
  return { name: 'chroma', url, source: way.source, ...started };
}

async function answers(url: string): Promise<boolean> {
  const heartbeat = new URL('/api/v2/heartbeat', url);
  const response = await fetch(heartbeat, { signal: AbortSignal.timeout(3_000) });
  return response.ok;
}

async function useGivenServer(url: string): Promise<RunningServer> {
  const fault = await answers(url).then(
    (ok) => (ok ? undefined : 'its heartbeat fails'),
    (error: unknown) => whyNot(error),
  );
  if (fault !== undefined) {
    throw new OvermindError('server/failed', {
      server: 'chroma',
      fault: `CHROMA_URL ${url}: ${fault}`,
    });
  }
  return { name: 'chroma', url, source: `CHROMA_URL ${url}`, stop: async () => {} };
}

async function resolveWay(setup: ServerSetup): Promise<Way> {
  const onPath = findOnPath('chroma', setup.env);
  if (onPath !== undefined) return { command: onPath, args: [], source: onPath };
  try {
    const folder = await unpackedWheel('chromadb', VERSION, setup);
    if (!existsSync(join(folder, 'chromadb_rust_bindings'))) {
      throw new Error(`no chromadb_rust_bindings in ${folder}`);
    }
    return {
      command: 'python3',
      args: ['-c', RUN_WHEEL, folder],
      source: `PyPI chromadb ${VERSION}`,
    };
  } catch (error) {
    throw new OvermindError('server/missing', {
      server: 'chroma',
      ways: `set CHROMA_URL; or put chroma on PATH; or have python3 with pip, so that PyPI chromadb ${VERSION} can be fetched (${whyNot(error)})`,
    });
  }
}
