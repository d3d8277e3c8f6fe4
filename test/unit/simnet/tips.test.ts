import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTips } from '../../../simnet/state/tips.ts';

describe('tips', () => {
  it('have percentiles that somebody paid, each at least the one below', () => {
    const tips = fc.array(fc.integer({ min: 1_000, max: 10_000_000 }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(fc.array(tips, { minLength: 1, maxLength: 5 }), (slots) => {
        const kept = createTips();
        for (const slot of slots) kept.add(slot.map(BigInt));
        const { time: _, ema_landed_tips_50th_percentile: average, ...floor } = kept.floor(0);
        const paid = slots.flat().map((lamports) => lamports / 1e9);
        const percentiles = Object.values(floor);
        for (const value of percentiles) expect(paid).toContain(value);
        expect(percentiles).toEqual(percentiles.toSorted((a, b) => a - b));
        expect(average).toBeGreaterThanOrEqual(Math.min(...paid) * 0.999);
        expect(average).toBeLessThanOrEqual(Math.max(...paid) * 1.001);
      }),
    );
  });

  it('are the last thousand', () => {
    const kept = createTips();
    kept.add([9_000_000n]);
    kept.add(Array.from({ length: 1_000 }, () => 2_000n));
    expect(kept.floor(0).landed_tips_99th_percentile).toBe(2e-6);
    kept.add(Array.from({ length: 1_500 }, () => 3_000n));
    expect(kept.floor(0).landed_tips_25th_percentile).toBe(3e-6);
  });
});
