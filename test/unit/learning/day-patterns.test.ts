import { describe, expect, it } from 'vitest';
import { createDayPatterns, type ResolvedState } from '../../../domain/learning/day-patterns.ts';

const DAY_MS = 86_400_000;
const BEGIN_MS = Date.UTC(2026, 0, 31);
const state = (atMs: number, over: Partial<ResolvedState> = {}): ResolvedState => ({
  market: 'SOL-USDC',
  marketTimeMs: BEGIN_MS + atMs,
  kind: 'ranging',
  features: [1, -1],
  outcomeBps: 10,
  ...over,
});

describe('patterns of a day', () => {
  it('come when a state of a later day resolves: middle, mean and quantiles of each kind', () => {
    const days = createDayPatterns();
    for (let n = 1; n <= 10; n += 1) {
      const one = state(n * 60_000, { features: [n, -n], outcomeBps: n });
      expect(days.add(one)).toEqual([]);
    }
    days.add(state(3_600_000, { kind: 'rising', features: [7, 7], outcomeBps: -5 }));
    expect(days.add(state(DAY_MS))).toEqual([
      {
        ...{ market: 'SOL-USDC', day: '2026-01-31', kind: 'ranging', count: 10 },
        ...{ centroid: [5.5, -5.5], meanBps: 5.5, quantilesBps: [1, 5, 9] },
      },
      {
        ...{ market: 'SOL-USDC', day: '2026-01-31', kind: 'rising', count: 1 },
        ...{ centroid: [7, 7], meanBps: -5, quantilesBps: [-5, -5, -5] },
      },
    ]);
    expect(days.add(state(DAY_MS + 1))).toEqual([]);
  });

  it('are of one market', () => {
    const days = createDayPatterns();
    days.add(state(0));
    expect(days.add(state(DAY_MS, { market: 'BONK-USDC' }))).toEqual([]);
    expect(days.add(state(DAY_MS)).map(({ market, count }) => [market, count])).toEqual([
      ['SOL-USDC', 1],
    ]);
  });

  it('forget a past that is lived anew', () => {
    const days = createDayPatterns();
    days.add(state(0));
    days.rewind('SOL-USDC');
    days.add(state(60_000));
    expect(days.add(state(DAY_MS)).map(({ count }) => count)).toEqual([1]);
  });
});
