import { readFileSync } from 'node:fs';

/**
 * When a process began, in ticks since the host's start; undefined where it is gone. A number of a
 * process is used again, number and start together are not.
 */
export function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it, in parentheses, may hold spaces and parentheses of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export type KnownProcess = { readonly pid: number; readonly startTicks?: string };

export function isAlive({ pid, startTicks }: KnownProcess): boolean {
  const now = startTicksOf(pid);
  return now !== undefined && (startTicks === undefined || startTicks === now);
}

const POLL_MS = 50;

/** Asks a process to end, and makes it when it does not. Nothing but this very process is touched. */
export async function endProcess(
  known: Required<KnownProcess>,
  signal: NodeJS.Signals,
  limitMs: number,
): Promise<void> {
  const endMs = Date.now() + limitMs;
  if (isAlive(known)) process.kill(known.pid, signal);
  while (isAlive(known)) {
    if (Date.now() > endMs) process.kill(known.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
