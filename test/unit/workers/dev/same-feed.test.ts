import { describe, expect, it } from 'vitest';
import type { FeedArgs } from '../../../../domain/market/market-feed.ts';
import { isSameFeed } from '../../../../workers/dev/same-feed.ts';

const FEED: FeedArgs = {
  kind: 'replay',
  files: ['/data/SOLUSDT.csv'],
  from: '2025-05-05',
  to: '2025-05-06',
  bars: 100,
  speed: 60,
  seed: 1,
};

describe('a run goes on', () => {
  it('with the same feed at another speed, as it was stored or as it is typed', () => {
    expect(isSameFeed(FEED, { ...FEED, speed: 'max' })).toBe(true);
    expect(isSameFeed(FEED, JSON.parse(JSON.stringify(FEED)) as FeedArgs)).toBe(true);
    expect(isSameFeed({ kind: 'synthetic', speed: 1 }, { kind: 'synthetic', speed: 2 })).toBe(true);
  });

  it.each([
    { kind: 'synthetic' },
    { files: ['/data/BTCUSDT.csv'] },
    { files: [] },
    { market: 'SOL-USDC' },
    { from: '2025-05-04' },
    { to: '2025-05-07' },
    { bars: 101 },
    { seed: 2 },
  ] as const)('with no other %o', (other) => {
    expect(isSameFeed(FEED, { ...FEED, ...other })).toBe(false);
  });
});
