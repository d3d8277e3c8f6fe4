import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What the kernel has counted for a process and for the host so far. */
export type Usage = {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly contextSwitches: number;
  /** Time in which some task of the host waited for a core. */
  readonly pressureMs: number;
};

/** Linux counts processor time in hundredths of a second for every user of `/proc`. */
const MS_PER_TICK = 10;

export function readUsage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold blanks; fields 14 and 15 are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const switches = [...status.matchAll(/ctxt_switches:\s+(\d+)/g)];
  return {
    atMs: performance.now(),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK,
    contextSwitches: switches.reduce((sum, [, count]) => sum + Number(count), 0),
    pressureMs: readPressureUs() / 1_000,
  };
}

/** Kernels without pressure information count nothing. */
function readPressureUs(): number {
  try {
    return Number(/some .*total=(\d+)/.exec(readFileSync('/proc/pressure/cpu', 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export type Used = {
  readonly seconds: number;
  /** Of one core. */
  readonly cpuShare: number;
  readonly contextSwitches: number;
  readonly pressureShare: number;
};

export function usedBetween(before: Usage, after: Usage): Used {
  const ms = after.atMs - before.atMs;
  return {
    seconds: ms / 1_000,
    cpuShare: (after.cpuMs - before.cpuMs) / ms,
    contextSwitches: after.contextSwitches - before.contextSwitches,
    pressureShare: (after.pressureMs - before.pressureMs) / ms,
  };
}

export function describeMachine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
}
