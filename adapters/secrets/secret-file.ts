import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { OvermindError } from '../../domain/shared/errors.ts';

/** No secret of ours is longer; a wrong file is not read to its end. */
const BYTES_MAX = 16_384;

/**
 * Reads a secret into memory of the caller's choice and nowhere else. Refuses a file that anyone but
 * this process's user owns or may read; never puts its text in an error.
 */
export function readSecretFile(
  path: string,
  what: string,
  allocate: (bytes: number) => Buffer = Buffer.alloc,
): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    const faults = `${what} ${path}: cannot be read`;
    throw new OvermindError('config/invalid', { faults }, { cause });
  }
  try {
    // On the open file, or it could be swapped between the look and the read.
    const stats = fstatSync(file);
    const fault = faultOf(stats);
    if (fault !== undefined) {
      throw new OvermindError('config/invalid', { faults: `${what} ${path}: ${fault}` });
    }
    return readWhole(file, allocate(stats.size));
  } finally {
    closeSync(file);
  }
}

function faultOf(stats: Stats): string | undefined {
  const mode = stats.mode & 0o777;
  const uid = process.getuid?.();
  if (!stats.isFile()) return 'is no file';
  if ((mode & 0o077) !== 0) return `mode ${mode.toString(8)}, wants 600`;
  if (stats.uid !== uid) return `owned by user ${stats.uid}, wants ${uid}`;
  if (stats.size > BYTES_MAX) return `${stats.size} bytes, wants ${BYTES_MAX} at most`;
  return undefined;
}

/** What a file lacks that became shorter meanwhile stays zero, which no secret's form allows. */
function readWhole(file: number, memory: Buffer): Buffer {
  for (let at = 0; at < memory.length;) {
    const read = readSync(file, memory, at, memory.length - at, at);
    if (read === 0) break;
    at += read;
  }
  return memory;
}
