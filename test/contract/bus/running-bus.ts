import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { connectBus } from '../../../adapters/bus/connect.ts';
import { cacheFolder } from '../../../workers/dev/servers/cache-folder.ts';
import { resolveBusBinary } from '../../../workers/dev/servers/dragonfly.ts';

/** A server of this test's own, so that it may be killed. */
export type RunningBus = {
  readonly url: string;
  readonly kill: () => Promise<void>;
  /** Comes back empty, as a server without an append-only file does. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** The binary that the system itself would use: obtained where none is on PATH. */
export async function startBus(): Promise<RunningBus> {
  const folder = mkdtempSync(join(tmpdir(), 'overmind-bus-'));
  const { path, libraries } = await resolveBusBinary({
    home: folder,
    cache: cacheFolder(process.env),
    env: process.env,
    ports: 'any',
    progress: () => {},
  });
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const nothingKept = basename(path) === 'dragonfly' ? ['--dbfilename='] : ['--save', ''];
  let server: ChildProcess | undefined;

  const launch = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...nothingKept];
    const env = { ...process.env, ...(libraries ? { LD_LIBRARY_PATH: libraries } : {}) };
    const launched = spawn(path, args, { env, stdio: 'ignore' });
    server = launched;
    const unusable = new Promise<never>((_resolve, reject) => launched.once('error', reject));
    await Promise.race([unusable, untilAnswers(url)]);
  };
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };

  await launch();
  return {
    url,
    kill,
    restart: launch,
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const connection = await connectBus(url, { name: 'probe' }).catch(() => undefined);
    connection?.disconnect();
    if (connection) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`no answer at ${url}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
