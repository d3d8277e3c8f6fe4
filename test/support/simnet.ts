import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type RunningSimnet = {
  readonly url: string;
  readonly url2: string;
  readonly wsUrl: string;
  /** Only when it was started with `grpc`. */
  readonly grpcAddress: string | undefined;
  readonly pid: number;
  readonly stop: () => Promise<void>;
  /** SIGKILL, at once: nothing of it gets to say goodbye. */
  readonly kill: () => Promise<void>;
};

export type SimnetOptions = {
  readonly slotMs?: number;
  /** Where it keeps its log; without it everything ends with the process. */
  readonly state?: string;
  readonly grpc?: boolean;
  readonly programs?: readonly string[];
  /** Lamports that its Sender asks for. */
  readonly senderTipMin?: number;
};

const MAIN = fileURLToPath(new URL('../../simnet/main.ts', import.meta.url));
const START_LIMIT_MS = 30_000;

/** A simnet of this test's own, in a process of its own, on ports the system chose. */
export async function startSimnet(options: SimnetOptions = {}): Promise<RunningSimnet> {
  return beginSimnet(options).ready;
}

/** The same, for a test that means to end it before it is ready. */
export function beginSimnet(options: SimnetOptions = {}): {
  readonly ready: Promise<RunningSimnet>;
  readonly kill: () => Promise<void>;
} {
  const flags = ['--port', '0', '--port2', '0', '--slot-ms', String(options.slotMs ?? 100)];
  if (options.state !== undefined) flags.push('--state', options.state);
  if (options.senderTipMin !== undefined) {
    flags.push('--sender-tip-min', String(options.senderTipMin));
  }
  if (options.grpc) flags.push('--grpc-port', '0');
  for (const program of options.programs ?? []) flags.push('--program', program);
  const child = fork(MAIN, flags, {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await gone;
  };
  const stop = () => end('SIGTERM');
  const kill = () => end('SIGKILL');
  const ready = new Promise<RunningSimnet>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('simnet was not ready in time'));
    }, START_LIMIT_MS);
    let failure = '';
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`simnet ended with code ${String(code)} ${failure}`));
    });
    child.on('message', (message: { kind?: string; message?: string } & Partial<RunningSimnet>) => {
      const { kind, url, url2, wsUrl, grpcAddress } = message;
      if (kind === 'failed') failure = message.message ?? '';
      if (kind !== 'ready' || !url || !url2 || !wsUrl) return;
      clearTimeout(late);
      resolve({ url, url2, wsUrl, grpcAddress, pid: child.pid ?? 0, stop, kill });
    });
  });
  return { ready, kill };
}
