import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';

const NAME = 'simnet.lock';

/** One simnet a folder: two would write one log. Dies with its process, however that ends. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, NAME);
  const own = `${process.pid} ${startOf(process.pid) ?? ''}`;
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return () => unlinkSync(path);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
      const [pid = '', start = ''] = readFileSync(path, 'utf8').split(' ');
      if (attempt > 0 || isAlive(Number(pid), start)) {
        const fault = `process ${pid} holds it`;
        throw new OvermindError('simnet/state-foreign', { path, fault }, { cause });
      }
      unlinkSync(path);
    }
  }
}

/** The start time tells a process from a later one that was given the same number. */
function isAlive(pid: number, start: string): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = startOf(pid);
  return now === undefined || start === '' || now === start;
}

/** Linux says when a process started; elsewhere its number has to do. A zombie holds nothing. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}
