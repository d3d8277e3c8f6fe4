import type { MarketEvent } from '../../../domain/market/market-event.ts';

/** A quiet candle of one minute: closes where it opens, at 100. */
export function aCandle(minute: number, over: Partial<MarketEvent> = {}): MarketEvent {
  return {
    kind: 'candle',
    market: 'SOL-USDC',
    source: 'test',
    marketTimeMs: minute * 60_000,
    intervalMs: 60_000,
    open: '100',
    high: '100',
    low: '100',
    close: '100',
    volume: '10',
    ...over,
  };
}
