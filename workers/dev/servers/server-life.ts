import { spawn, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { endProcess, isAlive, type KnownProcess } from '../process-identity.ts';

export type ServerProcess = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Passwords go this way: never into argv, where every user can read them. */
  readonly stdin?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Its data folder: by it a later start knows that a process serves this home. */
  readonly cwd: string;
  readonly ports: readonly number[];
  /** Removes what a killed life left in the way of the next. */
  readonly clearPlace?: () => Promise<void>;
  /** True once the server does its job; false or a throw means: ask again. */
  readonly isReady: () => Promise<boolean>;
  readonly readyLimitMs: number;
  readonly stopSignal: NodeJS.Signals;
};

/** One process of a server, from its start, or from when it was taken over, to its end. */
export type ServerLife = {
  readonly pid: number;
  /** How it ended. */
  readonly exited: Promise<string>;
  /** May be called twice. */
  readonly end: () => Promise<void>;
};

/** Postgres writes a checkpoint when it stops; the others need far less. */
const STOP_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * Servers have a process group of their own, so that Ctrl-C in the terminal reaches the supervisor
 * alone and it can stop them in order. If the supervisor ends by a fault of its own, its exit hook
 * still tells them to stop; if it is killed they go on, and the next start takes them over.
 */
const live = new Map<number, NodeJS.Signals>();
process.on('exit', () => {
  for (const [pid, signal] of live) tell(pid, signal);
});

export function spawnLife(server: ServerProcess): ServerLife {
  mkdirSync(dirname(server.logFile), { recursive: true });
  // A log is a file: an open stdout pipe of a child would keep its reader from ending.
  const log = openSync(server.logFile, 'a');
  const stdio: StdioOptions = [server.stdin === undefined ? 'ignore' : 'pipe', log, log];
  try {
    const child = spawn(server.command, server.args, {
      stdio,
      detached: true,
      env: { ...server.env },
      ...server.user,
      cwd: server.cwd,
    });
    child.stdin?.on('error', () => {}); // A server that ends at once is reported by its exit.
    child.stdin?.end(server.stdin);
    // No pid only where the start failed, which `exited` tells.
    const pid = child.pid ?? 0;
    if (child.pid !== undefined) live.set(pid, server.stopSignal);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
    }).finally(() => live.delete(pid));
    return {
      pid,
      exited,
      async end() {
        if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
        child.kill(server.stopSignal);
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
        await exited;
        clearTimeout(timer);
      },
    };
  } finally {
    closeSync(log);
  }
}

/** A server that outlived an earlier supervisor. It is no child of ours, so it is looked at. */
export function adoptLife(server: ServerProcess, known: Required<KnownProcess>): ServerLife {
  live.set(known.pid, server.stopSignal);
  const exited = new Promise<string>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(known)) return;
      clearInterval(timer);
      live.delete(known.pid);
      resolve('ended');
    }, LOOK_EVERY_MS);
    timer.unref();
  });
  return {
    pid: known.pid,
    exited,
    end: () => endProcess(known, server.stopSignal, STOP_LIMIT_MS),
  };
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
