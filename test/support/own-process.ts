import { fork, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

export type RunningOwnProcess = {
  readonly child: ChildProcess;
  readonly stop: () => Promise<void>;
  /** SIGKILL and wait. */
  readonly kill: () => Promise<void>;
};

const ROOT = join(import.meta.dirname, '..', '..');

/** A real process of ours, as the supervisor starts it; resolves when it says that it is ready. */
export function startOwnProcess(
  root: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningOwnProcess> {
  const child = fork(join(ROOT, root), [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${root} ended with ${code}:\n${output}`)));
    child.on('message', (message: { kind?: string }) => {
      if (message.kind === 'ready') resolve({ child, stop: end('SIGTERM'), kill: end('SIGKILL') });
    });
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // A TCP server's address has a port.
      server.close(() => resolve(port));
    });
  });
}
