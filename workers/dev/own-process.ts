import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import { createRestartPolicy } from './restart-policy.ts';

const ROOT = join(import.meta.dirname, '..', '..');

export type OwnProcess = {
  readonly name: string;
  /** Of the repository. */
  readonly root: string;
  readonly args?: readonly string[];
  /** Of node itself. */
  readonly flags?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A command that becomes the process, with its own arguments before node's. */
  readonly under?: readonly string[];
  /** A process whose state dies with it is not begun anew. */
  readonly restarts: boolean;
};

export type ReadyFacts = Readonly<Record<string, unknown>>;

export type RunningProcess = {
  readonly name: string;
  readonly pid: () => number | undefined;
  /** Of its first life. */
  readonly facts: ReadyFacts;
  readonly stop: () => Promise<void>;
};

export type ProcessHooks = {
  readonly logFolder: string;
  readonly onRestart: (name: string, why: string) => void;
  /** A new pid. */
  readonly onPid: (name: string, pid: number) => void;
  /** It does its job. */
  readonly onReady: (name: string) => void;
  /** It will not come back. */
  readonly onGivenUp: (name: string, why: string) => void;
};

const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 12_000;

type Message = { readonly kind?: string; readonly message?: string };

/** One process of ours: started, restarted when it dies, stopped. Resolves at its first `ready`. */
export async function startOwnProcess(
  process: OwnProcess,
  hooks: ProcessHooks,
): Promise<RunningProcess> {
  const policy = createRestartPolicy();
  let stopping = false;
  let child: ChildProcess;
  let gone: Promise<string>;
  let retry: NodeJS.Timeout | undefined;
  /** Of the life that runs now. */
  let readyMs: number | undefined;

  const begin = (mode: 'w' | 'a'): Promise<ReadyFacts> => {
    child = spawnLogged(process, hooks.logFolder, mode);
    if (child.pid !== undefined) hooks.onPid(process.name, child.pid);
    gone = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    });
    readyMs = undefined;
    return untilReady(process, child, gone).then((facts) => {
      readyMs = Date.now();
      hooks.onReady(process.name);
      return facts;
    });
  };

  const watch = (): void => {
    void gone.then((how) => {
      if (stopping) return;
      const afterMs = process.restarts ? policy.afterDeath(Date.now(), readyMs) : undefined;
      if (afterMs === undefined) return hooks.onGivenUp(process.name, how);
      hooks.onRestart(process.name, how);
      retry = setTimeout(() => {
        begin('a').catch(() => undefined); // Its end is what `watch` hears of.
        watch();
      }, afterMs);
    });
  };

  const stop = async (): Promise<void> => {
    stopping = true;
    clearTimeout(retry);
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(timer);
  };

  try {
    const facts = await begin('w');
    watch();
    return { name: process.name, pid: () => child.pid, facts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A group of its own, so that Ctrl-C in the terminal reaches the supervisor alone. */
function spawnLogged(
  { name, root, args = [], flags = [], env, under = [] }: OwnProcess,
  logFolder: string,
  mode: 'w' | 'a',
): ChildProcess {
  mkdirSync(logFolder, { recursive: true });
  const log = openSync(join(logFolder, `${name}.log`), mode);
  const [command = process.execPath, ...rest] = [
    ...under,
    process.execPath,
    ...[...flags, '--import', 'tsx', root, ...args],
  ];
  try {
    return spawn(command, rest, {
      cwd: ROOT,
      env: { ...env },
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(
  { name }: OwnProcess,
  child: ChildProcess,
  gone: Promise<string>,
): Promise<ReadyFacts> {
  const failed = (fault: string): OvermindError =>
    new OvermindError('server/failed', {
      server: name,
      fault: `${fault}; see its log ${name}.log`,
    });
  let said: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ready = new Promise<ReadyFacts>((resolve) => {
    child.on('message', (message: Message) => {
      if (message.kind === 'ready') resolve({ ...message });
      if (message.kind === 'failed') said = message.message;
    });
  });
  const late = new Promise<never>((_, reject) => {
    const fault = `not ready after ${READY_LIMIT_MS / 1_000} s`;
    timer = setTimeout(() => reject(failed(fault)), READY_LIMIT_MS);
  });
  const ended = gone.then((how) => Promise.reject(failed(said ?? how)));
  try {
    return await Promise.race([ready, late, ended]);
  } finally {
    clearTimeout(timer);
  }
}
