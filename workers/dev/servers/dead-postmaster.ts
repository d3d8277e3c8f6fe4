import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startTicksOf } from '../process-identity.ts';
import { pause } from './running-server.ts';

const WAIT_MS = 5_000;
const POLL_MS = 50;

/**
 * Where nobody reaps a killed postmaster, its number stays taken and Postgres believes its own lock
 * file. The file goes once that process is no more than a number and none of its backends is left:
 * they could still write.
 */
export async function clearDeadPostmaster(folder: string): Promise<void> {
  const lockFile = join(folder, 'postmaster.pid');
  const endMs = Date.now() + WAIT_MS;
  for (;;) {
    const pid = readPid(lockFile);
    if (pid === undefined || startTicksOf(pid) !== undefined) return; // None, or it lives: its own affair.
    if (!isSomebodyIn(folder)) break;
    if (Date.now() > endMs) return;
    await pause(POLL_MS);
  }
  rmSync(lockFile, { force: true });
}

function readPid(lockFile: string): number | undefined {
  try {
    return Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

/** Every backend works in the data folder. */
function isSomebodyIn(folder: string): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name) || startTicksOf(Number(name)) === undefined) return false;
    try {
      return readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false; // Gone, or another user's: then it is none of ours.
    }
  });
}
