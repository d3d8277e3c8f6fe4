import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenBucket } from '../../../adapters/senders/token-bucket.ts';

/** How many of the requests that come at these times are let through. */
function taken(bucket: ReturnType<typeof createTokenBucket>, timesMs: readonly number[]): number {
  let count = 0;
  for (const now of timesMs) {
    if (!bucket.has(now)) continue;
    bucket.take();
    count += 1;
  }
  return count;
}

describe('token bucket', () => {
  it('lets through what a second allows, at once or spread', () => {
    const bucket = createTokenBucket(3, 0);
    expect(taken(bucket, [0, 0, 0, 0])).toBe(3);
    expect(taken(bucket, [333])).toBe(0);
    expect(taken(bucket, [334])).toBe(1);
    expect(taken(bucket, [9_000, 9_000, 9_000, 9_000])).toBe(3);
  });

  it('never lets through more than a second’s worth and what came in since', () => {
    const steps = fc.array(fc.nat(500), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), steps, (perSecond, gaps) => {
        let now = 0;
        const times = gaps.map((gap) => (now += gap));
        const allowed = perSecond + (now / 1_000) * perSecond;
        expect(taken(createTokenBucket(perSecond, 0), times)).toBeLessThanOrEqual(allowed + 1e-6);
      }),
    );
  });

  it('is empty during a pause and fills again after it; the longer of two counts', () => {
    const bucket = createTokenBucket(10, 0);
    bucket.pauseUntil(5_000);
    bucket.pauseUntil(2_000);
    expect(taken(bucket, [0, 1_999, 2_500, 4_999, 5_000, 5_099])).toBe(0);
    expect(taken(bucket, [5_101])).toBe(1);
  });
});
