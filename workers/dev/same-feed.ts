import type { FeedArgs } from '../../domain/market/market-feed.ts';

/** Arguments that name the same events: a run goes on with them, at whatever speed. */
export function isSameFeed(one: FeedArgs, other: FeedArgs): boolean {
  return keyOf(one) === keyOf(other);
}

const keyOf = ({ kind, files = [], market, from, to, bars, seed }: FeedArgs): string =>
  JSON.stringify([kind, files, market ?? '', from ?? '', to ?? '', bars ?? 0, seed ?? 0]);
