import { readFileSync } from 'node:fs';
import inspector from 'node:inspector';
import { OvermindError } from '../../domain/shared/errors.ts';

/**
 * Before a key is read: nobody may look into this process from outside. Refuses to go on under an
 * inspector, and keeps one from being opened later.
 */
export function guardProcess(): void {
  if (inspector.url() !== undefined) {
    const faults = 'inspector: open, wants none in a process that holds the wallet key';
    throw new OvermindError('config/invalid', { faults });
  }
  // Node opens its inspector on this signal unless somebody listens for it.
  process.on('SIGUSR1', () => undefined);
}

/** Whether the system would write this process's memory to a file if it crashed. */
export function allowsCoreDumps(): boolean {
  try {
    return !/^Max core file size +0 +0 /m.test(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return true; // Not known, so not ruled out.
  }
}
