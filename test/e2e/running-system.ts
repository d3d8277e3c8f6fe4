import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeState } from '../../workers/dev/earlier-start.ts';
import { readRunFile, type RunFile } from '../../workers/dev/run-file.ts';

export type RunningSystem = {
  readonly home: string;
  readonly child: ChildProcess;
  /** Everything printed so far on standard output. */
  readonly printed: () => string;
  readonly readRunFile: () => RunFile | undefined;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  readonly remove: () => void;
};

const ROOT = join(import.meta.dirname, '..', '..');

/** The command a user types, with a state folder of its own, or in one of an earlier start. */
export function startSystem(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  home = mkdtempSync(join(tmpdir(), 'overmind-e2e-')),
): RunningSystem {
  const child = spawn(process.execPath, ['scripts/start.mjs', '--headless', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env, OVERMIND_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  void ended.then((code) => {
    // What a person would have seen is the only clue when a run ends early.
    if (code !== 0) console.error(all.slice(-6_000));
  });
  return {
    home,
    child,
    printed: () => out,
    readRunFile: () => readRunFile(home),
    ended,
    remove: () => removeState(home),
  };
}

/** Polls until `read` gives something; fails with `what` when the time is over or the system ends. */
export async function eventually<Value>(
  system: RunningSystem,
  what: string,
  limitMs: number,
  read: () => Promise<Value | undefined> | Value | undefined,
): Promise<Value> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (system.child.exitCode !== null) throw new Error(`the system ended before: ${what}`);
    if (Date.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
