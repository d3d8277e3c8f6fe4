import { basename } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { FeedArgs, FeedMarket, MarketFeed } from '../../domain/market/market-feed.ts';
import {
  parseFeedTime,
  rowsOfWindow,
  type FeedWindow,
  type RowRange,
} from '../../domain/market/feed-window.ts';
import type { CandleRow } from './candle-row.ts';
import { describeFeed } from './describe-feed.ts';
import { mergeEvents } from './merge-events.ts';
import { invalidRecording, marketOfRecording, readRecording } from './recording.ts';

type Recording = {
  readonly file: string;
  readonly range: RowRange;
  readonly facts: FeedMarket;
};

/** Reads every file once, whole: what is wrong with it is known before a run begins. */
export async function openReplay(args: FeedArgs): Promise<MarketFeed> {
  const window = windowOf(args);
  const files = marketsOfFiles(args);
  const recordings: Recording[] = [];
  for (const [market, file] of files) recordings.push(await inspectRecording(file, market, window));
  return {
    description: describeFeed(
      'replay',
      recordings.map(({ facts }) => facts),
    ),
    events: () => mergeEvents(recordings.map(eventsOf)),
  };
}

function windowOf({ from, to, bars }: FeedArgs): FeedWindow {
  const fromMs = from === undefined ? undefined : parseFeedTime(from, '--from');
  const toMs = to === undefined ? undefined : parseFeedTime(to, '--to');
  if (fromMs !== undefined && toMs !== undefined && toMs <= fromMs) {
    throw new OvermindError('input/invalid', {
      field: '--to',
      got: String(to),
      expected: `a time after --from ${from}`,
    });
  }
  return {
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    ...(bars === undefined ? {} : { bars }),
  };
}

function marketsOfFiles({ files = [], market }: FeedArgs): ReadonlyMap<MarketId, string> {
  const [first, second] = files;
  if (first === undefined) {
    const expected = 'at least one recording to replay';
    throw new OvermindError('input/invalid', { field: '--file', got: '', expected });
  }
  if (market !== undefined && second !== undefined) {
    const expected = 'one --file only, since it names the market of that file';
    throw new OvermindError('input/invalid', { field: '--market', got: market, expected });
  }
  const byMarket = new Map<MarketId, string>();
  for (const file of files) {
    const id = market ?? marketOfRecording(file);
    const other = byMarket.get(id);
    if (other !== undefined) {
      throw invalidRecording(file, 0, `holds ${id}, as does ${basename(other)}; one file a market`);
    }
    byMarket.set(id, file);
  }
  return byMarket;
}

async function inspectRecording(
  file: string,
  market: MarketId,
  window: FeedWindow,
): Promise<Recording> {
  const opens: number[] = [];
  for await (const rows of readRecording(file)) for (const row of rows) opens.push(row.openMs);

  const intervalMs = (opens[1] ?? 0) - (opens[0] ?? 0);
  const range = rowsOfWindow(opens, window);
  const first = opens[range.begin];
  const last = opens[range.end - 1];
  if (first === undefined || last === undefined || range.end - range.begin <= range.warmupBars) {
    throw invalidRecording(file, 0, 'no bars left to trade between --from, --to and --bars');
  }
  const warmupEnd = opens[range.begin + range.warmupBars - 1] ?? first - intervalMs;
  const facts: FeedMarket = {
    market,
    source: `replay:${basename(file)}`,
    intervalMs,
    bars: range.end - range.begin,
    warmupBars: range.warmupBars,
    warmupEndMs: (range.warmupBars > 0 ? warmupEnd : first - intervalMs) + intervalMs,
    firstMs: first + intervalMs,
    lastMs: last + intervalMs,
  };
  return { file, range, facts };
}

async function* eventsOf({ file, range, facts }: Recording): AsyncGenerator<MarketEvent> {
  const { begin, end } = range;
  let at = 0;
  for await (const rows of readRecording(file)) {
    for (const row of rows) {
      if (at >= begin && at < end) yield eventOf(facts, row);
      at += 1;
    }
    if (at >= end) return;
  }
}

/** A candle is known when it is complete, not when it opens. */
function eventOf({ market, source, intervalMs }: FeedMarket, row: CandleRow): MarketEvent {
  const { openMs, ...prices } = row;
  return {
    kind: 'candle',
    market,
    source,
    marketTimeMs: openMs + intervalMs,
    intervalMs,
    ...prices,
  };
}
