import { join } from 'node:path';
import { findOnPath } from './servers/obtain.ts';

/** A crash of the process that holds the wallet's key must leave no image of its memory. */
const WITHOUT_CORE_DUMPS = ['/bin/sh', '-c', 'ulimit -c 0 && exec "$@"', 'sh'];

/**
 * What the executor is started under. Each part becomes the next one, so the pid is the executor's.
 * `flock -F` holds the lock of one executor a home, and the lock ends with the process.
 */
export function executorCommand(options: {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly say: (text: string) => void;
}): readonly string[] {
  const flock = findOnPath('flock', options.env);
  if (flock !== undefined) {
    return [...WITHOUT_CORE_DUMPS, flock, '-n', '-F', join(options.home, 'executor.lock')];
  }
  options.say('flock is not on PATH: two executors are told apart by their epochs alone');
  return WITHOUT_CORE_DUMPS;
}
