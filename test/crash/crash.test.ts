import { describe, expect, it } from 'vitest';
import { crashRun, removeHome } from './crash-run.ts';
import { faultsOf } from './faults-of.ts';

const CRASHES = 60;
const LIMIT_MS = 15 * 60_000;

describe('a run whose processes are killed', () => {
  it(
    'comes back each time, loses nothing and doubles nothing',
    async () => {
      const say = (line: string): void => console.log(line);
      const run = await crashRun({ seed: 1, crashes: CRASHES, say });
      expect(faultsOf(run.summary, run.exitCode), `see ${run.home}`).toEqual([]);
      expect(run.rows.length).toBeGreaterThanOrEqual(CRASHES / 2);
      removeHome(run);
    },
    LIMIT_MS,
  );
});
