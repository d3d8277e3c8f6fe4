import type { MarketStates } from '../../adapters/memory/postgres-market-states.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import type { StateReading } from '../../domain/learning/market-brain.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

/** What former lives of this run's brain found in its states. Each is given out once. */
export type EarlierReadings = {
  take(state: MarketState): StateReading | undefined;
  /** A memory that begins anew sees other events at the same times. */
  forget(market: MarketId): void;
};

/** Undefined entries cost a look through the memory, and nothing else. */
export async function readEarlierReadings(states: MarketStates): Promise<EarlierReadings> {
  const byMarket = new Map<MarketId, Map<string, StateReading>>();
  const keyOf = (marketTimeMs: number, version: string): string => `${marketTimeMs} ${version}`;
  for (const stored of await states.readReadings(FAST_POLICY.version)) {
    const { market, marketTimeMs, featureVersion, reading } = stored;
    const readings = byMarket.get(market) ?? new Map<string, StateReading>();
    byMarket.set(market, readings.set(keyOf(marketTimeMs, featureVersion), reading));
  }
  return {
    take({ event, featureVersion }) {
      const readings = byMarket.get(event.market);
      const key = keyOf(event.marketTimeMs, featureVersion);
      const reading = readings?.get(key);
      readings?.delete(key);
      return reading;
    },
    forget: (market) => void byMarket.delete(market),
  };
}
