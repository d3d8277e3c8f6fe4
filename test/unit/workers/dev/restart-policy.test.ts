import { describe, expect, it } from 'vitest';
import { createRestartPolicy } from '../../../../workers/dev/restart-policy.ts';

describe('the restart of what died', () => {
  it('comes at once the first time, and later each time it dies again soon', () => {
    const { afterDeath } = createRestartPolicy();
    expect([0, 1_000, 2_000, 3_000].map(afterDeath)).toEqual([100, 200, 400, 800]);
  });

  it('is given up at the sixth death within a minute', () => {
    const { afterDeath } = createRestartPolicy();
    const waits = [0, 1, 2, 3, 4, 5].map((second) => afterDeath(second * 1_000));
    expect(waits.at(-2)).toBeDefined();
    expect(waits.at(-1)).toBeUndefined();
  });

  it('goes on for ever where deaths are far apart', () => {
    const { afterDeath } = createRestartPolicy();
    const waits = Array.from({ length: 50 }, (_, minute) => afterDeath(minute * 60_000));
    expect(new Set(waits)).toEqual(new Set([100]));
  });
});
