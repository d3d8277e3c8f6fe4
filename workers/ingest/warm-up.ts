import type { FeedState, MarketState } from '../../domain/market/feed.ts';
import type { FeedDescription } from '../../domain/market/market-feed.ts';
import type { Moment } from '../../domain/market/moments.ts';
import type { FeedReport } from './feed-report.ts';
import type { FeedStreams } from './feed-streams.ts';
import type { MarketTracks, Reading } from './market-tracks.ts';

export type WarmUpDeps = {
  readonly description: FeedDescription;
  /** The last moment whose candidates an earlier life of this process published. */
  readonly cursorMs: number | undefined;
  readonly tracks: MarketTracks;
  readonly streams: Pick<FeedStreams, 'publishStates'>;
  readonly report: FeedReport;
};

const BATCH = 1_000;

export function stateOf(reading: Reading, warmup: boolean): MarketState {
  const { event, features, featureVersion } = reading;
  return { event, ...(features ? { features } : {}), featureVersion, warmup };
}

/**
 * Consumes history at once: windows fill, memory gets its past, nothing is traded. Answers with the
 * first moment after it.
 */
export async function warmUp(
  moments: AsyncIterator<Moment>,
  { description, cursorMs, tracks, streams, report }: WarmUpDeps,
): Promise<Moment | undefined> {
  const untilMs = Math.max(description.warmupEndMs, cursorMs ?? -Infinity);
  let { events, candidates } = report.state();
  let batch: MarketState[] = [];
  let writing: Promise<void> = Promise.resolve();
  const publish = async (states: readonly MarketState[], so: Partial<FeedState>): Promise<void> => {
    await streams.publishStates(states);
    report.update(so);
  };
  // One batch is on its way while the next is computed, never two: their order is the memory's.
  const flush = async (marketTimeMs: number): Promise<void> => {
    await writing;
    const warmedBars = tracks.warmedBars();
    writing = publish(batch, { events, candidates, warmedBars, marketTimeMs });
    writing.catch(() => undefined); // Thrown by the await above or the one at the end.
    batch = [];
  };

  for (let lastMs = 0; ;) {
    const next = await moments.next();
    if (next.done === true || next.value.marketTimeMs > untilMs) {
      await flush(lastMs);
      await writing;
      return next.done === true ? undefined : next.value;
    }
    lastMs = next.value.marketTimeMs;
    for (const event of next.value.events) {
      const reading = tracks.take(event);
      events += 1;
      if (reading.screen && lastMs > description.warmupEndMs) candidates += 1;
      batch.push(stateOf(reading, true));
    }
    if (batch.length >= BATCH) await flush(lastMs);
  }
}
