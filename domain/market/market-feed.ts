import type { MarketId } from '../shared/ids.ts';
import type { MarketEvent } from './market-event.ts';

/** What a run is fed with: JSON in `runs.feed`. Times are ISO dates or milliseconds, as given. */
export type FeedArgs = {
  readonly kind: 'replay' | 'synthetic';
  /** Replay only: paths, absolute or from the folder the process runs in. */
  readonly files?: readonly string[];
  /** Replay of one file: overrules the market in the file's name. Synthetic: only this market. */
  readonly market?: MarketId;
  /** First candle that is traded, by its open time. What lies before is history. */
  readonly from?: string;
  /** Exclusive, by open time. */
  readonly to?: string;
  /**
   * Bars of each market. With `from`: traded bars, after the history. Without: bars in all, of
   * which the first min(2,000, a third) are history.
   */
  readonly bars?: number;
  readonly speed: number | 'max';
  readonly seed?: number;
};

export type FeedMarket = {
  readonly market: MarketId;
  readonly source: string;
  readonly intervalMs: number;
  readonly bars: number;
  /** How many of `bars` come before trading begins. */
  readonly warmupBars: number;
  /** Market time of the last of them; before `firstMs` where there are none. */
  readonly warmupEndMs: number;
  /** Market time of the first and the last event, history included. */
  readonly firstMs: number;
  readonly lastMs: number;
};

export type FeedDescription = {
  readonly kind: FeedArgs['kind'];
  readonly markets: readonly FeedMarket[];
  /** Events up to here, inclusive, are history: consumed at once and never traded. */
  readonly warmupEndMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly bars: number;
};

/** Where market events come from. Events arrive in the order (market time, market). */
export type MarketFeed = {
  readonly description: FeedDescription;
  /** Each call begins at the first event. Throws `recording/invalid` where the source is bad. */
  events(): AsyncIterable<MarketEvent>;
};
