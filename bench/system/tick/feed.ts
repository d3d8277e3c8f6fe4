import { writeJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY } from '../../../adapters/bus/stream-names.ts';
import { createStreamWriter, type BoundedStream } from '../../../adapters/bus/stream-writer.ts';
import { createRandom } from '../../../adapters/market-data/random.ts';
import type { Candidate } from '../../../domain/market/candidate.ts';
import type { MarketState } from '../../../domain/market/feed.ts';
import { signalIdOf, type MarketId, type SignalId } from '../../../domain/shared/ids.ts';
import { openFeedStreams } from '../../../workers/ingest/feed-streams.ts';
import { PRICE, RUN, type Rig } from '../rig.ts';

/** Where the plain shape reads its candidates. */
export const PLAIN_CANDIDATES: BoundedStream = { key: 'bench:plain-candidates', maxLength: 10_000 };

const INTERVAL_MS = 60_000;
const BEGIN_MS = Date.UTC(2025, 0, 1);
/** Enough for a memory that knows its states: 200 whose outcome is known, 30 bars later. */
const HISTORY_BARS = 260;
/** Each bar of history rises by this much, so that the fast policy, asked in earnest, wants to buy. */
const RISE = 1.0005;
const FEATURES = 28;
/** States vary in so few directions that each has near ones: a state without precedent is declined. */
const VARYING = 3;

export type TickFeed = {
  /** History of every market, as ingest publishes it at a start. */
  publishHistory(): Promise<void>;
  /** The next event of the next market, with its candidate, as ingest publishes them. */
  tick(shape: 'ours' | 'plain'): Promise<SignalId>;
};

/**
 * Stands where ingest stands: same streams, same order, same messages. Screens fire when markets
 * please, not fifteen times a second; so each tick here brings a candidate.
 */
export async function createTickFeed({ bus, markets, poolSlot }: Rig): Promise<TickFeed> {
  const patience = { signal: new AbortController().signal, onFault: () => undefined };
  const streams = await openFeedStreams(bus, RUN, patience);
  const writer = createStreamWriter(bus);
  const random = createRandom(11);
  const bars = new Map<MarketId, number>(markets.map(({ id }) => [id, HISTORY_BARS]));
  let turn = 0;

  const stateOf = (market: MarketId, bar: number, warmup: boolean): MarketState => ({
    event: candleOf(market, bar),
    features: Array.from({ length: FEATURES }, (_, at) =>
      at < VARYING ? Math.fround(2 * random.next() - 1) : 0,
    ),
    featureVersion: 'state_v1',
    warmup,
  });
  return {
    async publishHistory() {
      for (let bar = 1; bar <= HISTORY_BARS; bar++) {
        await streams.publishStates(markets.map(({ id }) => stateOf(id, bar, true)));
      }
    },
    async tick(shape) {
      const market = markets[turn++ % markets.length]?.id ?? '';
      const bar = (bars.get(market) ?? 0) + 1;
      bars.set(market, bar);
      const receivedNs = String(process.hrtime.bigint());
      const state = stateOf(market, bar, false);
      const candidate = candidateOf(state, { poolSlot, receivedNs });
      const { marketTimeMs } = candidate;
      const publish = async (): Promise<void> => {
        await writeJson(bus, CLOCK_KEY, { marketMs: marketTimeMs, wallMs: Date.now(), rate: 0 });
        if (shape === 'ours') await streams.publishCandidates([candidate]);
        else await writer.append(PLAIN_CANDIDATES, { c: JSON.stringify(candidate) });
      };
      await Promise.all([streams.publishStates([state]), publish()]);
      return candidate.signalId;
    },
  };
}

/** History rises to the price at which the pools stand, and stays there. */
function candleOf(market: MarketId, bar: number): MarketState['event'] {
  const barsToGo = Math.max(0, HISTORY_BARS - bar);
  const close = (Number(PRICE) / RISE ** barsToGo).toFixed(6);
  return {
    kind: 'candle',
    market,
    source: 'bench',
    marketTimeMs: BEGIN_MS + bar * INTERVAL_MS,
    intervalMs: INTERVAL_MS,
    ...{ open: close, high: close, low: close, close, volume: '1' },
  };
}

function candidateOf(
  { event, features = [], featureVersion }: MarketState,
  { poolSlot, receivedNs }: Pick<Candidate, 'poolSlot' | 'receivedNs'>,
): Candidate {
  const { market, marketTimeMs } = event;
  const screen = 'breakout';
  return {
    signalId: signalIdOf(RUN, market, screen, marketTimeMs),
    runId: RUN,
    market,
    screen,
    marketTimeMs,
    price: PRICE,
    solPrice: PRICE,
    featureVersion,
    features,
    poolSlot,
    memoryUpToMs: marketTimeMs,
    receivedNs,
  };
}
