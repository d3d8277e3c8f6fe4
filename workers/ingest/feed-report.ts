import type { FeedState } from '../../domain/market/feed.ts';
import type { LatestWriter } from './latest-writer.ts';

export type FeedReport = {
  readonly state: () => FeedState;
  /** Publishes where something has changed. */
  update(change: Partial<FeedState>): void;
  /** For a bus that lost it. */
  repeat(): void;
};

/** How far the feed is, for whoever looks at the run. */
export function createFeedReport(
  begin: Pick<FeedState, 'run' | 'marketTimeEndMs'>,
  writer: Pick<LatestWriter<FeedState>, 'set'>,
): FeedReport {
  let state: FeedState = {
    ...begin,
    phase: 'warming',
    warmedBars: 0,
    events: 0,
    candidates: 0,
    marketTimeMs: 0,
    legsInFlight: 0,
    staleMarkets: [],
  };
  writer.set(state);
  return {
    state: () => state,
    update(change) {
      const next = { ...state, ...change };
      if (JSON.stringify(next) === JSON.stringify(state)) return;
      state = next;
      writer.set(state);
    },
    repeat: () => writer.set(state),
  };
}
