import { readFileSync } from 'node:fs';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { createRestartPolicy } from '../restart-policy.ts';
import { adoptLife, spawnLife, type ServerLife, type ServerProcess } from './server-life.ts';

/** A server that answers. `stop` ends it only if we started it; it may be called twice. */
export type RunningServer = {
  readonly name: string;
  readonly url: string;
  /** Of its first life; absent where the server is not ours. */
  readonly pid?: number;
  /** Where it came from, for the operator: an address in the environment, a binary, a package. */
  readonly source: string;
  readonly stop: () => Promise<void>;
};

export type EarlierServer = {
  readonly pid: number;
  readonly startTicks: string;
  readonly ports: readonly number[];
};

export type ServerHooks = {
  /** A new life, not ready yet, or one that was taken over. */
  readonly onPid: (name: string, pid: number, ports: readonly number[]) => void;
  /** It answers. */
  readonly onReady: (name: string) => void;
  readonly onRestart: (name: string, why: string) => void;
  /** It will not come back. */
  readonly onGivenUp: (name: string, why: string) => void;
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
  /** Without them a server that ends is not started again. */
  readonly hooks?: ServerHooks;
  /** What an earlier start of this home left running, by name: taken over instead of started. */
  readonly earlier?: ReadonlyMap<string, EarlierServer>;
};

const POLL_MS = 25;
/** One that was taken over has been up for long. */
const ADOPTED_READY_LIMIT_MS = 3_000;

export type KeptServer = { readonly pid: number; readonly stop: () => Promise<void> };

/** Takes a server over or starts it, waits until it answers, and starts it again when it dies. */
export async function startServer(
  server: ServerProcess,
  setup: Pick<ServerSetup, 'hooks' | 'earlier' | 'progress'>,
): Promise<KeptServer> {
  const { hooks } = setup;
  const policy = createRestartPolicy();
  let stopping = false;
  /** Of the life that runs now; a restart that fails leaves none. */
  let readyMs: number | undefined;
  let life = (await takeOver(server, setup)) ?? (await begin(server, hooks));

  const watch = (): void => {
    readyMs = Date.now();
    hooks?.onReady(server.name);
    void life.exited.then(revive);
  };
  const revive = async (how: string): Promise<void> => {
    let why = how;
    while (hooks && !stopping) {
      const afterMs = policy.afterDeath(Date.now(), readyMs);
      readyMs = undefined;
      if (afterMs === undefined) return hooks.onGivenUp(server.name, why);
      hooks.onRestart(server.name, why);
      await pause(afterMs);
      if (stopping) return;
      try {
        life = await begin(server, hooks);
        return stopping ? await life.end() : watch();
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
      }
    }
  };
  watch();
  return {
    pid: life.pid,
    async stop() {
      stopping = true;
      await life.end();
    },
  };
}

async function begin(server: ServerProcess, hooks: ServerHooks | undefined): Promise<ServerLife> {
  await server.clearPlace?.();
  const life = spawnLife(server);
  // Before it answers: a supervisor that dies meanwhile must not leave a process nobody knows.
  if (life.pid > 0) hooks?.onPid(server.name, life.pid, server.ports);
  await requireReady(server, life, server.readyLimitMs);
  return life;
}

/** Undefined where nothing answers: what is left of it is ended, so that another can take its place. */
async function takeOver(
  server: ServerProcess,
  { earlier, hooks, progress }: Pick<ServerSetup, 'earlier' | 'hooks' | 'progress'>,
): Promise<ServerLife | undefined> {
  const known = earlier?.get(server.name);
  if (!known) return undefined;
  const life = adoptLife(server, known);
  hooks?.onPid(server.name, life.pid, server.ports);
  if ((await untilReady(server, life, ADOPTED_READY_LIMIT_MS)) !== undefined) {
    await life.end();
    return undefined;
  }
  progress(`${server.name} still runs since an earlier start (pid ${life.pid}): taken over`);
  return life;
}

async function requireReady(
  server: ServerProcess,
  life: ServerLife,
  limitMs: number,
): Promise<void> {
  const fault = await untilReady(server, life, limitMs);
  if (fault === undefined) return;
  await life.end();
  const said = lastLines(server.logFile);
  throw new OvermindError('server/failed', {
    server: server.name,
    fault: `${fault}; log ${server.logFile}${said ? `, which ends with: ${said}` : ''}`,
  });
}

async function untilReady(
  server: ServerProcess,
  { exited }: ServerLife,
  limitMs: number,
): Promise<string | undefined> {
  let ended: string | undefined;
  void exited.then((how) => (ended = how));
  const deadline = Date.now() + limitMs;
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
  return `not ready after ${limitMs / 1000} s (${lastFault})`;
}

function lastLines(file: string): string {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.slice(-3).join(' / ').slice(-400);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
