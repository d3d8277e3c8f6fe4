import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, startTicksOf } from '../process-identity.ts';

const mine = new Set<string>();
process.on('exit', () => {
  for (const path of mine) remove(path);
});

/**
 * Between the look that finds a port free and the server that takes it, another copy that starts at
 * the same moment must not choose it as well. False where somebody else who lives has it.
 */
export function reservePort(port: number): boolean {
  const path = join(tmpdir(), `overmind-port-${port}`);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(path, 'wx', 0o644);
      writeSync(file, `${process.pid} ${startTicksOf(process.pid) ?? ''}`);
      closeSync(file);
      mine.add(path);
      return true;
    } catch {
      const holder = readHolder(path);
      if (holder && isAlive(holder)) return holder.pid === process.pid;
      // Of a process that is gone. Where it is another user's it stays, and means nothing.
      if (!remove(path)) return true;
    }
  }
  return false;
}

function readHolder(
  path: string,
): { readonly pid: number; readonly startTicks: string } | undefined {
  try {
    const [pid, startTicks = ''] = readFileSync(path, 'utf8').split(' ');
    return { pid: Number(pid), startTicks };
  } catch {
    return undefined;
  }
}

function remove(path: string): boolean {
  try {
    rmSync(path, { force: true });
    return true;
  } catch {
    return false;
  }
}
