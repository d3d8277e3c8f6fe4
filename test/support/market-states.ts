import { createStateV1 } from '../../adapters/features/state-v1.ts';
import { openFeed } from '../../adapters/market-data/open-feed.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { FeedArgs } from '../../domain/market/market-feed.ts';
import { recordedFile } from './recorded-data.ts';

export const recordingOf = (name: string): string | undefined => recordedFile('klines', name);

/** Events of one market, as ingest would take them. */
export async function eventsOf(args: Omit<FeedArgs, 'speed'>): Promise<readonly MarketEvent[]> {
  const feed = await openFeed({ ...args, speed: 'max' });
  const events: MarketEvent[] = [];
  for await (const event of feed.events()) events.push(event);
  return events;
}

/** The states that ingest makes of one market's events. */
export function statesOf(events: readonly MarketEvent[]): readonly MarketState[] {
  const [first] = events;
  if (!first) return [];
  const stream = createStateV1(first.market);
  return events.map((event) => {
    const features = stream.add(event);
    const state = { event, featureVersion: stream.version, warmup: false };
    return features ? { ...state, features } : state;
  });
}

export const syntheticStates = async (bars: number, seed = 1): Promise<readonly MarketState[]> =>
  statesOf(await eventsOf({ kind: 'synthetic', market: 'SOL-USDC', bars, seed }));

/** The candidate that a state would make. */
export function candidateOf(state: MarketState, over: Partial<Candidate> = {}): Candidate {
  const { market, marketTimeMs, close } = state.event;
  return {
    signalId: `test-${market}-oversold-${marketTimeMs}`,
    runId: 'test',
    market,
    screen: 'oversold',
    marketTimeMs,
    price: close,
    solPrice: close,
    featureVersion: state.featureVersion,
    features: state.features ?? [],
    poolSlot: 1,
    memoryUpToMs: marketTimeMs,
    receivedNs: '0',
    ...over,
  };
}
