import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FeedArgs } from '../../domain/market/market-feed.ts';
import type { StartOptions } from './options.ts';

/** Minute candles of three markets, all of the same weeks. */
const RECORDINGS = ['SOL', 'BTC', 'ETH'].map(
  (coin) => `${coin}USDT_perp_1m_MERGED_2025-05-04_2025-06-24.csv.gz`,
);

export type ChosenFeed = {
  readonly args: FeedArgs;
  /** Why this one, where nobody said. */
  readonly why: string | undefined;
};

/** What was asked for; else the recorded data where its folder is there; else made-up markets. */
export function chooseFeed(options: StartOptions, dataDir: string): ChosenFeed {
  const { feed, files, market, from, to, bars, speed, seed } = options;
  const window = {
    ...(market === undefined ? {} : { market }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(bars === undefined ? {} : { bars }),
    ...(seed === undefined ? {} : { seed }),
    speed,
  };
  if (feed === 'synthetic') return { args: { kind: 'synthetic', ...window }, why: undefined };
  if (files.length > 0) {
    const paths = files.map((file) => resolve(file));
    return { args: { kind: 'replay', files: paths, ...window }, why: undefined };
  }
  const recorded = RECORDINGS.map((name) => join(dataDir, 'klines', name));
  const wanted = market === undefined ? recorded : recorded.filter((path) => isOf(path, market));
  if (wanted.length > 0 && wanted.every((path) => existsSync(path))) {
    const why = `the live feed is not built yet, and recorded data is in ${dataDir}`;
    const { market: _named, ...rest } = window;
    return { args: { kind: 'replay', files: wanted, ...rest }, why };
  }
  const why = `the live feed is not built yet, and no recorded data is in ${dataDir}`;
  return { args: { kind: 'synthetic', ...window }, why };
}

const isOf = (path: string, market: string): boolean =>
  path.includes(`/${market.split('-')[0] ?? ''}USDT_`);
