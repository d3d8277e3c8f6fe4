import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startTicksOf } from './process-identity.ts';

/** `<home>/run.json`, as scripts and the CLI read it while the system runs. Its addresses hold passwords. */
export type RunFile = z.infer<typeof runFileSchema>;

const runFileSchema = z.object({
  run: z.string(),
  mode: z.string(),
  startedAtMs: z.number(),
  processes: z.record(
    z.string(),
    z.object({
      pid: z.number(),
      startTicks: z.string(),
      /** It does its job; absent from its start until then. */
      ready: z.boolean().optional(),
      /** Of a server: a later start that takes it over finds it there. */
      ports: z.array(z.number()).optional(),
    }),
  ),
  addresses: z.record(z.string(), z.string()),
});

const pathIn = (home: string): string => join(home, 'run.json');

/** Undefined where there is none, or where it is not one of ours. */
export function readRunFile(home: string): RunFile | undefined {
  try {
    return runFileSchema.parse(JSON.parse(readFileSync(pathIn(home), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeRunFile(home: string, file: RunFile): void {
  mkdirSync(home, { recursive: true });
  const path = pathIn(home);
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(file, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(unfinished, 0o600);
  // Renamed when whole: whoever reads it at this moment reads the old one or the new one.
  renameSync(unfinished, path);
}

export function removeRunFile(home: string): void {
  rmSync(pathIn(home), { force: true });
}

/** A process with what tells it from a later one of the same number; undefined where it has ended. */
export function processEntry(
  pid: number,
  ports?: readonly number[],
): RunFile['processes'][string] | undefined {
  const startTicks = startTicksOf(pid);
  if (startTicks === undefined) return undefined;
  return { pid, startTicks, ...(ports ? { ports: [...ports] } : {}) };
}
