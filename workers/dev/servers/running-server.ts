import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { OvermindError } from '../../../domain/shared/errors.ts';

/** A server that answers. `stop` ends it only if we started it; it may be called twice. */
export type RunningServer = {
  readonly name: string;
  readonly url: string;
  readonly pid?: number;
  /** Where it came from, for the operator: an address in the environment, a binary, a package. */
  readonly source: string;
  readonly stop: () => Promise<void>;
};

export type ServerSetup = {
  /** Data, logs, secrets: `OVERMIND_HOME`. */
  readonly home: string;
  /** What was fetched once and serves every home: `OVERMIND_CACHE`. */
  readonly cache: string;
  /** For PATH and the tools that we run. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The conventional port or the next free one; `any` lets the system choose (tests). */
  readonly ports: 'conventional' | 'any';
  readonly progress: (text: string) => void;
};

export type ServerProcess = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Passwords go this way: never into argv, where every user can read them. */
  readonly stdin?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly cwd?: string;
  /** True once the server does its job; false or a throw means: ask again. */
  readonly isReady: () => Promise<boolean>;
  readonly readyLimitMs: number;
  readonly stopSignal: NodeJS.Signals;
};

const POLL_MS = 25;
/** Postgres writes a checkpoint when it stops; the others need far less. */
const STOP_LIMIT_MS = 10_000;

/**
 * Servers have a process group of their own, so that Ctrl-C in the terminal reaches the supervisor
 * alone and it can stop them in order. If the supervisor dies by a fault of its own, its exit hook
 * still tells them to stop.
 */
const live = new Map<ChildProcess, NodeJS.Signals>();
process.on('exit', () => {
  for (const [child, signal] of live) child.kill(signal);
});

/** Starts a server and waits until it answers, or says why it did not. */
export async function startServer(
  server: ServerProcess,
): Promise<{ readonly pid: number; readonly stop: () => Promise<void> }> {
  const child = spawnToFile(server);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      live.delete(child);
      resolve(`ended with ${signal ?? `code ${code}`}`);
    });
  });
  live.set(child, server.stopSignal);
  const stop = (): Promise<void> => stopChild(child, exited, server.stopSignal);
  const fault = await untilReady(server, exited);
  if (fault !== undefined) {
    await stop();
    const said = lastLines(server.logFile);
    throw new OvermindError('server/failed', {
      server: server.name,
      fault: `${fault}; log ${server.logFile}${said ? `, which ends with: ${said}` : ''}`,
    });
  }
  // `spawn` gives no pid only when it failed, and that was reported above.
  return { pid: child.pid ?? 0, stop };
}

/** A log is a file: an open stdout pipe of a child would keep its reader from ending. */
function spawnToFile(server: ServerProcess): ChildProcess {
  mkdirSync(dirname(server.logFile), { recursive: true });
  const log = openSync(server.logFile, 'a');
  const stdio: StdioOptions = [server.stdin === undefined ? 'ignore' : 'pipe', log, log];
  try {
    const child = spawn(server.command, server.args, {
      stdio,
      detached: true,
      env: { ...server.env },
      ...server.user,
      ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
    });
    child.stdin?.on('error', () => {}); // A server that ends at once is reported by its exit.
    child.stdin?.end(server.stdin);
    return child;
  } finally {
    closeSync(log);
  }
}

async function untilReady(
  server: ServerProcess,
  exited: Promise<string>,
): Promise<string | undefined> {
  let ended: string | undefined;
  void exited.then((how) => (ended = how));
  const deadline = Date.now() + server.readyLimitMs;
  let lastFault = 'no answer';
  while (Date.now() < deadline) {
    if (ended !== undefined) return ended;
    try {
      if (await server.isReady()) return undefined;
    } catch (error) {
      lastFault = error instanceof Error ? error.message : String(error);
    }
    await pause(POLL_MS);
  }
  return `not ready after ${server.readyLimitMs / 1000} s (${lastFault})`;
}

async function stopChild(
  child: ChildProcess,
  exited: Promise<string>,
  signal: NodeJS.Signals,
): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exited;
  clearTimeout(timer);
}

function lastLines(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.slice(-3).join(' / ').slice(-400);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
