import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type RunningTradingWorker = {
  readonly child: ChildProcess;
  readonly facts: Readonly<Record<string, unknown>>;
  /** All it has written: one JSON object a line. */
  readonly output: () => string;
  /** SIGTERM; answers with the exit code. */
  readonly stop: () => Promise<number | null>;
};

const MAIN = fileURLToPath(new URL('../../workers/trading/main.ts', import.meta.url));

/** The real trading worker, as the supervisor starts it; resolves when it says that it is ready. */
export function startTradingWorker(
  env: Readonly<Record<string, string>>,
): Promise<RunningTradingWorker> {
  const child = fork(MAIN, [], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const stop = (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    return gone;
  };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`trading worker ended with ${code}:\n${output}`)),
    );
    child.on('message', (message: { kind?: string }) => {
      if (message.kind !== 'ready') return;
      resolve({ child, facts: { ...message }, output: () => output, stop });
    });
  });
}
