import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { removeState } from '../../workers/dev/earlier-start.ts';
import { startTicksOf } from '../../workers/dev/process-identity.ts';
import { readRunFile, type RunFile } from '../../workers/dev/run-file.ts';
import { pause } from '../../workers/dev/servers/running-server.ts';
import { isAlive, startSystem, type RunningSystem } from '../e2e/running-system.ts';
import { watchAvailability, type Availability, type AvailabilityWatch } from './availability.ts';
import { lieAbout } from './chain-lies.ts';
import { planKills, VICTIMS, type Kill } from './kill-plan.ts';
import { readComplaints } from './ready-page.ts';

export type CrashRow = {
  readonly victims: string;
  /** Of the newest trade that had not ended, at the moment of the kill. */
  readonly stage: string;
  /** From the kill until everything answers and may trade. */
  readonly backMs: number;
  /** From the start of the last of the new processes until then. */
  readonly sinceStartMs: number;
};

export type CrashRun = {
  readonly rows: readonly CrashRow[];
  readonly exitCode: number | null;
  readonly summary: Readonly<Record<string, unknown>>;
  /** MiB by process, before the first and after the last kill. */
  readonly memory: readonly [string, string];
  readonly availability: Availability;
  /** Logs and state, where the run did not end as it should. */
  readonly home: string;
};

export type CrashRunOptions = {
  readonly seed: number;
  readonly crashes: number;
  /** Between two kills, instead of a moment drawn from the seed. */
  readonly everyMs?: number;
  /** The chain lies, forks and refuses as well. */
  readonly lies?: boolean;
  /** Market time against wall time. */
  readonly speed?: number;
  readonly say: (line: string) => void;
};

/** Bars a second of the wall are 10; a crash takes some seconds. */
export const SPEED = 600;
const BARS_PER_CRASH = 32;
const WARMUP_BARS = 600;
/** The feed must not end before the last kill: a start again makes up for lost time. */
const FEED_MARGIN = 1.2;
const BACK_LIMIT_MS = 60_000;
const END_LIMIT_MS = 600_000;
const POLL_MS = 50;

/** Many trades, so that a kill finds one in flight. */
const ENV = { OVERMIND_AI_CONFIDENCE_THRESHOLD: '0.2', OVERMIND_RISK_COOL_DOWN_MS: '0' };

/** One run on paper that is killed here and there, and carried to its end by starting it again. */
export async function crashRun(options: CrashRunOptions): Promise<CrashRun> {
  const { seed, crashes, everyMs, lies = false, speed = SPEED, say } = options;
  const home = mkdtempSync(join(tmpdir(), 'overmind-crash-'));
  const pacedMs = (everyMs ?? 0) * FEED_MARGIN;
  const barsPerCrash = Math.max(BARS_PER_CRASH, Math.ceil((pacedMs / 60_000) * speed));
  const bars = WARMUP_BARS + crashes * barsPerCrash;
  const args = [
    ...['--feed', 'synthetic', '--seed', String(seed), '--bars', String(bars)],
    ...['--speed', String(speed), '--exit'],
  ];
  let system = startSystem(args, ENV, home);
  const rows: CrashRow[] = [];
  const liar = lies ? lieAbout(() => originsIn(home), seed) : undefined;
  let watch: AvailabilityWatch | undefined;
  try {
    await untilReady(system, home);
    watch = watchAvailability(home);
    const atStart = memoryIn(home);
    let latestMemory = atStart;
    say(`memory in MiB: ${atStart}`);
    for (const kill of planKills(seed, crashes)) {
      await Promise.race([pause(everyMs ?? kill.afterMs), system.ended]);
      if (system.child.exitCode !== null) break;
      const stage = await readNearestStage(home);
      const before = readPids(home);
      const killedMs = Date.now();
      for (const victim of kill.victims) killNow(before[victim]);
      if (kill.victims.includes('supervisor')) {
        await system.ended;
        system = startSystem(args, ENV, home);
      }
      if (!(await untilBack(system, home, { kill, before }))) break;
      const nowMs = Date.now();
      const started = Math.max(killedMs, ...newStarts(home, before));
      const row = {
        victims: kill.victims.join(' + '),
        stage,
        backMs: nowMs - killedMs,
        sinceStartMs: nowMs - started,
      };
      rows.push(row);
      latestMemory = memoryIn(home);
      say(`${String(rows.length).padStart(3)}  ${describeRow(row)}`);
    }
    const availability = await watch.stop();
    const atEnd = memoryIn(home) || latestMemory;
    say(`memory in MiB: ${atEnd}`);
    const told = await liar?.stop();
    if (told !== undefined) say(`the chain was told to lie ${told} times`);
    const endLimitMs = END_LIMIT_MS + crashes * pacedMs * (FEED_MARGIN - 1);
    const timer = setTimeout(() => system.child.kill('SIGTERM'), endLimitMs);
    const exitCode = await system.ended;
    clearTimeout(timer);
    const lastLine = system.printed().trimEnd().split('\n').at(-1) ?? '';
    // No summary is a fault of the run, which the caller tells.
    const summary = lastLine.startsWith('{') ? JSON.parse(lastLine) : {};
    return { rows, exitCode, summary, memory: [atStart, atEnd], availability, home };
  } finally {
    await watch?.stop();
    await liar?.stop();
    if (system.child.exitCode === null) {
      system.child.kill('SIGTERM');
      await system.ended;
    }
  }
}

export const describeRow = ({ victims, stage, backMs, sinceStartMs }: CrashRow): string =>
  `${victims.padEnd(22)} ${stage.padEnd(12)} ${String(backMs).padStart(7)} ms ${String(sinceStartMs).padStart(7)} ms`;

export function removeHome({ home }: CrashRun): void {
  removeState(home);
}

type Pids = Readonly<Record<string, number>>;

/** New pids for those that were killed, everything alive, and the api says ready. */
async function untilBack(
  system: RunningSystem,
  home: string,
  { kill, before }: { readonly kill: Kill; readonly before: Pids },
): Promise<boolean> {
  const isReplaced = (): boolean => {
    const now = readPids(home);
    return kill.victims.every((one) => now[one] !== undefined && now[one] !== before[one]);
  };
  return untilReady(system, home, isReplaced);
}

/** False where the run came to its end meanwhile. */
async function untilReady(
  system: RunningSystem,
  home: string,
  isReplaced = (): boolean => true,
): Promise<boolean> {
  const endMs = Date.now() + BACK_LIMIT_MS;
  let said = 'nothing answers';
  while (Date.now() < endMs) {
    if (system.child.exitCode !== null) return false;
    const processes = readRunFile(home)?.processes ?? {};
    const missing = VICTIMS.filter((one) => !isUp(processes[one]));
    if (missing.length > 0) said = `not up: ${missing.join(', ')}`;
    else if (!isReplaced()) said = 'not replaced yet';
    else {
      const fault = await readFault(home);
      if (fault === undefined) return true;
      said = fault;
    }
    await pause(POLL_MS);
  }
  throw new Error(`not back within ${BACK_LIMIT_MS / 1_000} s: ${said}; see ${home}`);
}

const isUp = (one: RunFile['processes'][string] | undefined): boolean =>
  one !== undefined && one.ready === true && isAlive(one.pid);

async function readFault(home: string): Promise<string | undefined> {
  try {
    const bad = await readComplaints(readRunFile(home)?.addresses['api']);
    return bad.map(({ part, detail }) => `${part}: ${detail}`).join(', ') || undefined;
  } catch (error) {
    return String(error);
  }
}

async function readNearestStage(home: string): Promise<string> {
  const client = new pg.Client({
    connectionString: readRunFile(home)?.addresses['postgres'],
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ stage: string }>(
      'select stage from trades where ended_at is null order by updated_at desc limit 1',
    );
    return rows[0]?.stage ?? 'none open';
  } catch {
    return 'unknown';
  } finally {
    await client.end().catch(() => undefined);
  }
}

function newStarts(home: string, before: Pids): readonly number[] {
  const processes = Object.entries(readRunFile(home)?.processes ?? {});
  return processes.flatMap(([name, { pid }]) =>
    pid === before[name] ? [] : [startedMs(pid) ?? 0],
  );
}

function memoryIn(home: string): string {
  const resident = (pid: number): number => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024);
    } catch {
      return 0;
    }
  };
  return Object.entries(readPids(home))
    .map(([name, pid]) => `${name} ${resident(pid)}`)
    .join(', ');
}

/** Wall time at which a process began, to a hundredth of a second; undefined where it is gone. */
function startedMs(pid: number): number | undefined {
  const ticks = startTicksOf(pid);
  if (ticks === undefined) return undefined;
  const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1_000;
  return Date.now() - (uptimeMs - Number(ticks) * 10);
}

function killNow(pid: number | undefined): void {
  if (pid === undefined || !isAlive(pid)) return;
  process.kill(pid, 'SIGKILL');
}

/**
 * None until the last process has been started: a start that is refused by the chain ends with a
 * clear fault, and it is the operator who starts again. What is restarted later gets no such rest.
 */
function originsIn(home: string): readonly string[] {
  const { simnet, simnet2 } = readRunFile(home)?.addresses ?? {};
  return [simnet, simnet2].filter((url) => url !== undefined);
}

function readPids(home: string): Pids {
  const processes = readRunFile(home)?.processes ?? {};
  return Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid]));
}
