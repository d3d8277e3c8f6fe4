import type { MarketId } from '../shared/ids.ts';

/**
 * A closed candle as it becomes known: market time is open + interval. Prices and volume are
 * decimal strings exactly as recorded.
 */
export type MarketEvent = {
  readonly kind: 'candle';
  readonly market: MarketId;
  readonly source: string;
  /** Market time in ms: when the candle was complete. */
  readonly marketTimeMs: number;
  readonly intervalMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
};
