import { existsSync } from 'node:fs';
import { join } from 'node:path';

const DATA = process.env['OVERMIND_DATA_DIR'] ?? join(import.meta.dirname, '../../../shared/data');

/** Path of a recorded file, or undefined, with one line said, where it is not there. */
export function recordedFile(...path: readonly string[]): string | undefined {
  const file = join(DATA, ...path);
  if (existsSync(file)) return file;
  console.warn(`SKIPPED: ${path.join('/')} is not in ${DATA}`);
  return undefined;
}
