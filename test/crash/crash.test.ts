import { describe, expect, it } from 'vitest';
import { crashRun, removeHome } from './crash-run.ts';
import { faultsOf } from './faults-of.ts';

const LIMIT_MS = 15 * 60_000;

describe('a run whose processes are killed', () => {
  it.each([
    { crashes: 45, seed: 1, lies: false, chain: 'an honest chain' },
    { crashes: 15, seed: 5, lies: true, chain: 'a chain that lies' },
  ])(
    'on $chain comes back each time, loses nothing and doubles nothing',
    async ({ crashes, seed, lies }) => {
      const run = await crashRun({ seed, crashes, lies, say: (line) => console.log(line) });
      expect(faultsOf(run.summary, run.exitCode), `see ${run.home}`).toEqual([]);
      expect(run.rows.length).toBeGreaterThanOrEqual(crashes / 2);
      removeHome(run);
    },
    LIMIT_MS,
  );
});
