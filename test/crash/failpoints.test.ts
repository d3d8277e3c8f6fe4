import { describe, expect, it } from 'vitest';
import { FAILPOINTS } from '../../hotpath/root/failpoints.ts';
import { failpointRun } from './failpoints/failpoint-run.ts';
import { planCrashes, ROUND } from './failpoints/plan.ts';

const LIMIT_MS = 15 * 60_000;
const SEED = 1;

describe('an executor that dies at every named point', () => {
  it('has a plan with all of them in each round', () => {
    const points = planCrashes(SEED, ROUND).map(({ point }) => point);
    expect(points).toHaveLength(ROUND);
    expect(new Set(points).size).toBe(ROUND);
    expect(points).toEqual(expect.arrayContaining([...FAILPOINTS]));
  });

  it(
    'loses nothing, doubles nothing and signs nothing after a halt',
    async () => {
      const say = (line: string): void => console.log(line);
      const run = await failpointRun({ seed: SEED, crashes: ROUND, say });
      expect(run.faults, `see ${run.home}`).toEqual([]);
      expect(run.rows).toHaveLength(ROUND);
      const landed = run.ends.filter(({ status }) => status === 'landed');
      expect(landed.length).toBeGreaterThan(ROUND / 4);
    },
    LIMIT_MS,
  );
});
