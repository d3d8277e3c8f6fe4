import { describe, expect, it } from 'vitest';
import { isStale, staleMarkets } from '../../../domain/market/staleness.ts';

const market = { market: 'SOL-USDC', intervalMs: 60_000, lastEventMs: 1_000_000 };

describe('staleness', () => {
  it.each([
    ['two intervals old', 1_120_000, false],
    ['one millisecond older', 1_120_001, true],
  ])('of a market that is %s', (_age, nowMs, stale) => {
    expect(isStale(market, nowMs)).toBe(stale);
  });

  it('is no matter of a feed that has not begun or is over', () => {
    expect(isStale({ ...market, lastEventMs: undefined }, 9e12)).toBe(false);
    expect(isStale({ ...market, endMs: 1_000_000 }, 9e12)).toBe(false);
    expect(isStale({ ...market, endMs: 1_000_001 }, 9e12)).toBe(true);
  });

  it('is told of each market apart', () => {
    const fresh = { ...market, market: 'BTC-USDC', lastEventMs: 1_100_000 };
    expect(staleMarkets([market, fresh], 1_130_000)).toEqual(['SOL-USDC']);
  });
});
