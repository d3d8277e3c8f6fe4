import { readlinkSync, realpathSync, rmSync } from 'node:fs';
import { OvermindError } from '../../domain/shared/errors.ts';
import { endProcess, isAlive } from './process-identity.ts';
import type { Progress } from './progress.ts';
import { readRunFile, removeRunFile, type RunFile } from './run-file.ts';
import { placeFor, postgresUser } from './servers/postgres-user.ts';
import type { EarlierServer } from './servers/running-server.ts';

export const SUPERVISOR = 'supervisor';
/** They outlive a supervisor that was killed; processes of ours end with it. */
const SERVERS = ['postgres', 'dragonfly', 'chroma', 'temporal'];
/** Postgres takes SIGINT for a fast stop; the others end on it as well. */
const STOP_SIGNAL = 'SIGINT';
const STOP_LIMIT_MS = 10_000;
/** Ours survive a kill at any moment, and the operator waits. */
const OWN_STOP_LIMIT_MS = 3_000;

type Known = RunFile['processes'][string];

/** Throws where a system of this home runs: two supervisors would start everything twice. */
export function requireNoOther(home: string): void {
  const supervisor = readRunFile(home)?.processes[SUPERVISOR];
  if (!supervisor || !isAlive(supervisor)) return;
  const faults = `OVERMIND_HOME: ${home} is in use by a system that runs (supervisor pid ${supervisor.pid}); stop it with Ctrl-C, or give this one a home of its own`;
  throw new OvermindError('config/invalid', { faults });
}

/**
 * What an unclean end left running. Our own processes are waited for, and made to end; servers of
 * this home are answered with, to be taken over.
 */
export async function clearEarlierStart(
  home: string,
  { say }: Progress,
): Promise<ReadonlyMap<string, EarlierServer>> {
  const left = livingOf(home);
  const own = left.filter(([name]) => !SERVERS.includes(name));
  if (own.length > 0) {
    say(`the last start ended uncleanly: stopping ${own.map(([name]) => name).join(', ')}`);
    await Promise.all(own.map(([, one]) => endProcess(one, STOP_SIGNAL, OWN_STOP_LIMIT_MS)));
  }
  return new Map(
    left.flatMap(([name, { ports, ...process }]) =>
      ports && SERVERS.includes(name) && servesHome(process.pid, home)
        ? [[name, { ...process, ports }]]
        : [],
    ),
  );
}

/** Ends everything that is left of an earlier start, its servers as well. */
export async function endEarlierStart(home: string): Promise<void> {
  await Promise.all(livingOf(home).map(([, one]) => endProcess(one, STOP_SIGNAL, STOP_LIMIT_MS)));
  removeRunFile(home);
}

function livingOf(home: string): readonly (readonly [string, Known])[] {
  const processes = Object.entries(readRunFile(home)?.processes ?? {});
  return processes.filter(([name, one]) => name !== SUPERVISOR && isAlive(one));
}

/** A server runs in its data folder. */
function servesHome(pid: number, home: string): boolean {
  try {
    const folder = readlinkSync(`/proc/${pid}/cwd`);
    const places = [home, placeFor(home, postgresUser())].map((place) => realpathSync(place));
    return places.some((place) => folder.startsWith(`${place}/`));
  } catch {
    return false; // It has ended meanwhile.
  }
}

/** `--fresh`: all state of this home, its secrets and its halt included. What was fetched stays. */
export function removeState(home: string): void {
  rmSync(placeFor(home, postgresUser()), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}
