import { basename } from 'node:path';
import { openFeed } from '../../adapters/market-data/open-feed.ts';
import { loadMarkets } from '../../config/markets.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { Market } from '../../domain/market/market.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { createMarketTracks, type Reading } from '../../workers/ingest/market-tracks.ts';

/** A recorded market with all that ingest makes of it. */
export type Recording = {
  /** File name without its endings. */
  readonly name: string;
  readonly market: Market;
  readonly intervalMs: number;
  /** Events up to here are history and make no candidate. */
  readonly warmupEndMs: number;
  readonly readings: readonly Reading[];
  /** What features and screens took. */
  readonly readMs: number;
};

/** Reads a file through the shipped feed, features and screens. Throws `recording/invalid`. */
export async function readRecordedMarket(file: string, bars: number): Promise<Recording> {
  const feed = await openFeed({ kind: 'replay', files: [file], bars, speed: 'max' });
  const events: MarketEvent[] = [];
  for await (const event of feed.events()) events.push(event);
  const { markets, warmupEndMs } = feed.description;
  const [facts] = markets;
  const [market] = loadMarkets(markets.map((one) => one.market));
  if (!facts || !market) throw new OvermindError('market/unknown', { market: file, known: '' });
  const tracks = createMarketTracks([market], markets);
  const startedMs = performance.now();
  const readings = events.map((event) => tracks.take(event));
  const readMs = performance.now() - startedMs;
  const name = basename(file).replace(/\.csv(\.gz)?$/, '');
  return { name, market, intervalMs: facts.intervalMs, warmupEndMs, readings, readMs };
}
