import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type RunningSimnet = {
  readonly url: string;
  readonly url2: string;
  readonly wsUrl: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
};

const MAIN = fileURLToPath(new URL('../../simnet/main.ts', import.meta.url));
const START_LIMIT_MS = 30_000;

/** A simnet of this test's own, in a process of its own, on ports the system chose. */
export function startSimnet(options: { readonly slotMs?: number } = {}): Promise<RunningSimnet> {
  const flags = ['--port', '0', '--port2', '0', '--slot-ms', String(options.slotMs ?? 100)];
  const child = fork(MAIN, flags, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await gone;
  };
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('simnet was not ready in time'));
    }, START_LIMIT_MS);
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`simnet ended with code ${String(code)}`));
    });
    child.on('message', (message: { kind?: string } & Partial<RunningSimnet>) => {
      const { kind, url, url2, wsUrl } = message;
      if (kind !== 'ready' || !url || !url2 || !wsUrl) return;
      clearTimeout(late);
      resolve({ url, url2, wsUrl, pid: child.pid ?? 0, stop });
    });
  });
}
