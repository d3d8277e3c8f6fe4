import type { MarketStates } from '../../adapters/memory/postgres-market-states.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import type { StateReading } from '../../domain/learning/market-brain.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

/** What this run's brain has found in its states, in this life and in former ones. */
export type EarlierReadings = {
  /**
   * Undefined from the first state on that is not what the former life saw: a reading is made of
   * all states before it, so those after a difference are of another past.
   */
  take(state: MarketState): StateReading | undefined;
  /** For the time when this life's memory begins anew. */
  keep(state: MarketState, reading: StateReading): void;
  /** The market's memory has begun anew, and its states come again from the first one on. */
  rewind(market: MarketId): void;
};

/** Numbers of four bytes, as the ledger has them: every state of a long run is kept. */
type Kept = {
  readonly close: string;
  readonly featureVersion: string;
  readonly features: Float32Array;
  readonly reading: StateReading;
};

/** Undefined entries cost a look through the memory, and nothing else. */
export async function readEarlierReadings(
  states: Pick<MarketStates, 'readReadings'>,
): Promise<EarlierReadings> {
  const byMarket = new Map<MarketId, Map<number, Kept>>();
  const keep = (market: MarketId, marketTimeMs: number, kept: Kept): void => {
    const readings = byMarket.get(market) ?? new Map<number, Kept>();
    byMarket.set(market, readings.set(marketTimeMs, kept));
  };
  for (const stored of await states.readReadings(FAST_POLICY.version)) {
    const { market, marketTimeMs, close, featureVersion, reading } = stored;
    const features = Float32Array.from(stored.features);
    keep(market, marketTimeMs, { close, featureVersion, features, reading });
  }
  const differs = new Set<MarketId>();
  return {
    take(state) {
      const { market, marketTimeMs } = state.event;
      const kept = byMarket.get(market)?.get(marketTimeMs);
      if (!kept || differs.has(market)) return undefined;
      if (isSame(state, kept)) return kept.reading;
      differs.add(market);
      return undefined;
    },
    keep({ event, features = [], featureVersion }, reading) {
      const { market, marketTimeMs, close } = event;
      const held = Float32Array.from(features);
      keep(market, marketTimeMs, { close, featureVersion, features: held, reading });
    },
    rewind: (market) => void differs.delete(market),
  };
}

function isSame({ event, features, featureVersion }: MarketState, kept: Kept): boolean {
  return (
    event.close === kept.close &&
    featureVersion === kept.featureVersion &&
    features?.length === kept.features.length &&
    features.every((value, index) => Math.fround(value) === kept.features[index])
  );
}
