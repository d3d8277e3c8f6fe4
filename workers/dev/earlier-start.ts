import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import { endProcess, isAlive } from './process-identity.ts';
import type { Progress } from './progress.ts';
import { readRunFile, removeRunFile } from './run-file.ts';
import { placeFor, postgresUser } from './servers/postgres-user.ts';

export const SUPERVISOR = 'supervisor';
/** Postgres takes SIGINT for a fast stop; the others end on it as well. */
const STOP_SIGNAL = 'SIGINT';
const STOP_LIMIT_MS = 10_000;

/** Ends what an earlier start of this home left running. A second copy on one home is refused. */
export async function clearEarlierStart(home: string, { say }: Progress): Promise<void> {
  const earlier = readRunFile(home);
  if (!earlier) return;
  const { [SUPERVISOR]: supervisor, ...others } = earlier.processes;
  if (supervisor && isAlive(supervisor)) {
    const faults = `OVERMIND_HOME: ${home} is in use by a system that runs (supervisor pid ${supervisor.pid}); stop it with Ctrl-C, or give this one a home of its own`;
    throw new OvermindError('config/invalid', { faults });
  }
  const left = Object.entries(others).filter(([, one]) => isAlive(one));
  if (left.length > 0) {
    say(`the last start ended uncleanly: stopping ${left.map(([name]) => name).join(', ')}`);
    await Promise.all(left.map(([, one]) => endProcess(one, STOP_SIGNAL, STOP_LIMIT_MS)));
  }
  removeRunFile(home);
}

/** `--fresh`: all state of this home, its secrets and its halt included. What was fetched stays. */
export function removeState(home: string): void {
  rmSync(join(placeFor(home, postgresUser()), 'postgres'), { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
}
