import { createStateV1 } from '../../adapters/features/state-v1.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { FeedMarket } from '../../domain/market/market-feed.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { Market } from '../../domain/market/market.ts';
import { createScreens, type ScreenName } from '../../domain/market/screens.ts';
import { isStale, staleMarkets, type MarketFreshness } from '../../domain/market/staleness.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

/** An event with everything that ingest makes of it. */
export type Reading = Omit<MarketState, 'warmup'> & {
  readonly market: Market;
  /** The screen that fires here and may make a candidate. */
  readonly screen: ScreenName | undefined;
};

export type MarketTracks = {
  /** Takes in the next event; events of one moment in the feed's order. */
  take(event: MarketEvent): Reading;
  /** A stretch in which no market has an event was skipped up to here: it makes nothing stale. */
  jumpTo(marketTimeMs: number): void;
  staleAt(marketTimeMs: number): readonly MarketId[];
  /** Events so far of the market that has fewest of those that have begun. */
  warmedBars(): number;
  /** Whether any market has features by now. */
  isWarm(): boolean;
  /** The newest event of each market that has begun. */
  newest(): readonly Pick<Reading, 'event' | 'market'>[];
  /** Last close of SOL-USDC, undefined where the feed had none yet. */
  solPrice(): string | undefined;
};

const SOL_MARKET = 'SOL-USDC';

type Track = {
  readonly market: Market;
  readonly features: ReturnType<typeof createStateV1>;
  readonly screens: ReturnType<typeof createScreens>;
  readonly intervalMs: number;
  readonly endMs: number;
  newest: MarketEvent | undefined;
  aliveMs: number | undefined;
  bars: number;
};

/** The windows of all markets of a feed, from its first event on, history included. */
export function createMarketTracks(
  markets: readonly Market[],
  facts: readonly FeedMarket[],
): MarketTracks {
  const tracks = new Map(markets.map((market) => [market.id, trackOf(market, facts)]));
  let warm = false;

  return {
    take(event) {
      const track = tracks.get(event.market);
      if (!track) throw unknownMarket(event.market, [...tracks.keys()]);
      // Before this event counts: its window has a hole, and that is no state to judge.
      const wasStale = isStale(freshnessOf(track), event.marketTimeMs);
      track.aliveMs = event.marketTimeMs;
      track.newest = event;
      track.bars += 1;

      let features: readonly number[] | undefined;
      for (const other of tracks.values()) {
        // The others may use this market as their reference.
        const vector = other.features.add(event);
        if (other === track) features = vector;
      }
      const fired = track.screens.add(event);
      if (features) warm = true;
      return {
        event,
        market: track.market,
        ...(features ? { features } : {}),
        featureVersion: track.features.version,
        screen: wasStale || !features ? undefined : fired,
      };
    },
    jumpTo(marketTimeMs) {
      for (const track of tracks.values()) if (track.bars > 0) track.aliveMs = marketTimeMs;
    },
    staleAt: (marketTimeMs) => staleMarkets([...tracks.values()].map(freshnessOf), marketTimeMs),
    warmedBars() {
      const begun = [...tracks.values()].filter(({ bars }) => bars > 0);
      return begun.length === 0 ? 0 : Math.min(...begun.map(({ bars }) => bars));
    },
    isWarm: () => warm,
    newest: () =>
      [...tracks.values()].flatMap(({ newest: event, market }) =>
        event ? [{ event, market }] : [],
      ),
    solPrice: () => tracks.get(SOL_MARKET)?.newest?.close,
  };
}

function trackOf(market: Market, facts: readonly FeedMarket[]): Track {
  const fact = facts.find((one) => one.market === market.id);
  if (!fact)
    throw unknownMarket(
      market.id,
      facts.map((one) => one.market),
    );
  return {
    market,
    features: createStateV1(market.id),
    screens: createScreens(market.screens),
    intervalMs: fact.intervalMs,
    endMs: fact.lastMs,
    newest: undefined,
    aliveMs: undefined,
    bars: 0,
  };
}

function freshnessOf({ market, intervalMs, aliveMs, endMs }: Track): MarketFreshness {
  return { market: market.id, intervalMs, lastEventMs: aliveMs, endMs };
}

function unknownMarket(market: MarketId, known: readonly MarketId[]): OvermindError {
  return new OvermindError('market/unknown', { market, known: known.join(', ') });
}
