import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { OvermindError } from '../../domain/shared/errors.ts';

/** Reads a secret. Refuses a file that anyone but its owner may read; never puts its text in an error. */
export function readSecretFile(path: string, what: string): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const faults = `${what} ${path}: cannot be read`;
    throw new OvermindError('config/invalid', { faults }, { cause });
  }
  try {
    // On the open file, or it could be swapped between the look and the read.
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const faults = `${what} ${path}: mode ${mode.toString(8)}, wants 600`;
      throw new OvermindError('config/invalid', { faults });
    }
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
