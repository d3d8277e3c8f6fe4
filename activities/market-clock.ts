import type { ClockAnchor, MarketState } from '../domain/market/feed.ts';
import { marketNow } from '../domain/market/feed.ts';
import type { MarketId } from '../domain/shared/ids.ts';
import { asActivityFailure } from './activity-failure.ts';

/** The market's time now, and what is known of its price: enough to ask for an exit. */
export type MarketTime = {
  readonly marketTimeMs: number;
  readonly rate: number;
  readonly price: string | undefined;
  readonly solPrice: string | undefined;
  readonly receivedNs: string;
};

export type MarketClockDeps = {
  readonly readAnchor: () => Promise<ClockAnchor | undefined>;
  readonly newestState: (market: MarketId) => MarketState | undefined;
  readonly clock: { readonly wallMs: () => number; readonly monotonicNs: () => bigint };
};

const SOL_MARKET = 'SOL-USDC';

export type MarketClockActivities = ReturnType<typeof createMarketClockActivities>;

/** The workflow's backstop asks here: its own timers know wall time only. */
export function createMarketClockActivities({ readAnchor, newestState, clock }: MarketClockDeps) {
  return {
    /** Undefined while ingest has published no anchor. */
    async readMarketTime(market: MarketId): Promise<MarketTime | undefined> {
      try {
        const anchor = await readAnchor();
        if (!anchor) return undefined;
        return {
          marketTimeMs: Math.floor(marketNow(anchor, clock.wallMs())),
          rate: anchor.rate,
          price: newestState(market)?.event.close,
          solPrice: newestState(SOL_MARKET)?.event.close,
          receivedNs: String(clock.monotonicNs()),
        };
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
