import { describe, expect, it } from 'vitest';
import { createRestartPolicy } from '../../../../workers/dev/restart-policy.ts';

/** Deaths a second apart, of lives that did their job for so long. */
function waitsOf(count: number, jobMs: number | undefined, everyMs = 1_000) {
  const { afterDeath } = createRestartPolicy();
  return Array.from({ length: count }, (_, n) =>
    afterDeath(n * everyMs, jobMs === undefined ? undefined : n * everyMs - jobMs),
  );
}

describe('the restart of what died', () => {
  it('comes at once the first time, and later each time it dies again soon', () => {
    expect(waitsOf(4, 10_000)).toEqual([100, 200, 400, 800]);
  });

  it('comes for ever where it had done its job, at last each 5 seconds', () => {
    expect(waitsOf(50, 1_000).at(-1)).toBe(5_000);
  });

  it('comes at once again where deaths are far apart', () => {
    expect(new Set(waitsOf(50, 1_000, 60_000))).toEqual(new Set([100]));
  });

  it.each([
    ['never came to do its job', undefined],
    ['did it for less than a second', 999],
  ] as const)('is given up at the sixth life within a minute that %s', (_what, jobMs) => {
    const waits = waitsOf(6, jobMs);
    expect(waits.at(-2)).toBeDefined();
    expect(waits.at(-1)).toBeUndefined();
  });
});
