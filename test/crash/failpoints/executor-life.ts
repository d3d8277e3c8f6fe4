import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LastWords } from '../../../hotpath/root/failpoints.ts';
import { findOnPath } from '../../../workers/dev/servers/obtain.ts';

export type Death = {
  readonly atMs: number;
  /** Signal or exit code. */
  readonly how: string;
  readonly words: LastWords | undefined;
};

export type ExecutorLife = {
  readonly pid: number;
  /** False where it died before. */
  readonly ready: Promise<boolean>;
  readonly gone: Promise<Death>;
  readonly kill: () => Promise<Death>;
  readonly stop: () => Promise<Death>;
};

export type LifeOptions = {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  /** `name:nth`, for this life alone. */
  readonly failpoint?: string;
};

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** One life of the real executor, under the same lock as the supervisor's: its pid is its own. */
export function beginLife({ home, env, failpoint }: LifeOptions): ExecutorLife {
  const flock = findOnPath('flock', process.env);
  const under = flock === undefined ? [] : [flock, '-n', '-F', join(home, 'executor.lock')];
  const [command = process.execPath, ...args] = [
    ...under,
    ...[process.execPath, '--import', 'tsx', join(ROOT, 'hotpath', 'main.ts')],
  ];
  const log = openSync(join(home, 'hotpath.log'), 'a');
  const child = spawn(command, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      ...env,
      ...(failpoint === undefined ? {} : { OVERMIND_FAILPOINT: failpoint }),
    },
    stdio: ['ignore', log, 'pipe', 'ipc'],
  });
  closeSync(log);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  let diedMs = 0;
  child.once('exit', () => (diedMs = Date.now()));
  const gone = new Promise<Death>((resolve) => {
    // `close` comes when its last words have been read, too.
    child.once('close', (code, signal) => {
      resolve({ atMs: diedMs, how: signal ?? `code ${code}: ${said}`, words: wordsIn(said) });
    });
  });
  const ready = Promise.race([
    gone.then(() => false),
    new Promise<true>((resolve) => {
      child.on('message', (message: { readonly kind?: string }) => {
        if (message.kind === 'ready') resolve(true);
      });
    }),
  ]);
  const end = (signal: NodeJS.Signals) => (): Promise<Death> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return gone;
  };
  return { pid: child.pid ?? 0, ready, gone, kill: end('SIGKILL'), stop: end('SIGTERM') };
}

function wordsIn(said: string): LastWords | undefined {
  const line = said.split('\n').find((one) => one.startsWith('{"failpoint"'));
  return line === undefined ? undefined : (JSON.parse(line) as LastWords); // Our own words.
}
