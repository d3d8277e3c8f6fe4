import type { ChildProcess } from 'node:child_process';

export type ScavengeCount = { readonly count: number };

/**
 * Counts collections of the young generation in a process started with `--trace-gc`; whatever else
 * it prints, a warning say, is shown.
 */
export function countScavenges({ stdout }: ChildProcess): ScavengeCount {
  let count = 0;
  let rest = '';
  stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (/^\[\d+:.*\] +\d+ ms: Scavenge/.test(line)) count += 1;
      else if (line.startsWith('{')) process.stderr.write(`${line}\n`);
    }
  });
  return {
    get count() {
      return count;
    },
  };
}
