import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBus } from '../../../adapters/bus/connect.ts';

/** A server of this test's own, so that it may be killed. */
export type RunningBus = {
  readonly url: string;
  readonly kill: () => Promise<void>;
  /** Comes back empty, as a server without an append-only file does. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const BINARIES = ['valkey-server', 'redis-server'];

/** Undefined, with one line said, where no server is on PATH. */
export async function startBus(): Promise<RunningBus | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'overmind-bus-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  const launch = async (): Promise<boolean> => {
    for (const binary of BINARIES) {
      server = spawn(
        binary,
        ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
        { stdio: 'ignore' },
      );
      const missing = once(server, 'error').then(() => true);
      if (await Promise.race([missing, answers(url)])) continue;
      return true;
    }
    return false;
  };
  const kill = async (): Promise<void> => {
    if (!server || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
  };

  if (!(await launch())) {
    console.warn('SKIPPED: bus contract, since none of these is on PATH: ' + BINARIES.join(', '));
    return undefined;
  }
  return {
    url,
    kill,
    restart: async () => void (await launch()),
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves with false, which is "not missing", once the server answers. */
async function answers(url: string): Promise<false> {
  for (let tries = 0; tries < 100; tries++) {
    const connection = await connectBus(url, { name: 'probe' }).catch(() => undefined);
    connection?.disconnect();
    if (connection) return false;
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
