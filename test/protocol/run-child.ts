import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ScheduleCounts } from './model/schedule.ts';

export type ModelRun = {
  readonly schedules: number;
  readonly seconds: number;
  readonly sums: ScheduleCounts;
  readonly violation?: { readonly tape: readonly number[]; readonly fault: string };
};

/** The model in a process of its own, in this folder or in a copy of it. */
export function runModel(
  folder: string,
  { schedules, seed }: { readonly schedules: number; readonly seed: number },
): Promise<ModelRun> {
  const args = ['--import', 'tsx', 'test/protocol/run-model.ts'];
  const wanted = ['--schedules', String(schedules), '--seed', String(seed)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, ...wanted], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const printed = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
    child.once('error', reject);
    child.once('close', () => {
      const last = printed.out.trimEnd().split('\n').at(-1) ?? '';
      if (last.startsWith('{')) resolve(JSON.parse(last) as ModelRun);
      else reject(new Error(`the model ended without a result: ${printed.err.slice(-2_000)}`));
    });
  });
}

/** A test file in the copy; true where it failed, as it must. */
export function failsTest(folder: string, test: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const vitest = join('node_modules', 'vitest', 'vitest.mjs');
    const child = spawn(process.execPath, [vitest, 'run', test], { cwd: folder, stdio: 'ignore' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code !== 0));
  });
}
