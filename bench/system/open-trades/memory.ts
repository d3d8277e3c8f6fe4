import { readFileSync } from 'node:fs';

/** Resident memory of a process in MiB, shared pages included: the sum over processes is too high. */
export function residentMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`no resident memory of process ${pid}`);
  return Number(kib) / 1_024;
}
