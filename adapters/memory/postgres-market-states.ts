import type { MarketId, RunId } from '../../domain/shared/ids.ts';

export type StoredState = {
  readonly market: MarketId;
  readonly marketTimeMs: number;
  readonly featureVersion: string;
  /** Decimal string, as the event brought it. */
  readonly close: string;
  readonly features: readonly number[];
};

export type StoredLabel = {
  readonly market: MarketId;
  readonly marketTimeMs: number;
  readonly outcomeBps: number;
  readonly resolvedMs: number;
};

export type MarketStates = {
  /** Safe to repeat: a state that is there stays as it is. */
  recordStates(states: readonly StoredState[]): Promise<void>;
  /** Safe to repeat: the first outcome stays. A label without its state changes nothing. */
  recordLabels(labels: readonly StoredLabel[]): Promise<void>;
};

/** One query outside a transaction; rejects with a `ledger/…` error. */
export type RunQuery = (
  operation: string,
  query: { readonly text: string; readonly values: readonly unknown[]; readonly name: string },
) => Promise<unknown>;

/** The table `market_states` of one run: one round trip a batch, whatever its size. */
export function createMarketStates(runId: RunId, query: RunQuery): MarketStates {
  return {
    async recordStates(states): Promise<void> {
      await query('record market states', {
        name: 'record-market-states',
        text: `insert into market_states
                 (run_id, market, market_time_ms, feature_version, close, features)
               select $1, market, "marketTimeMs", "featureVersion", close, features
               from jsonb_to_recordset($2::jsonb) as given
                 (market text, "marketTimeMs" bigint, "featureVersion" text, close text,
                  features real[])
               on conflict do nothing`,
        values: [runId, JSON.stringify(states)],
      });
    },

    async recordLabels(labels): Promise<void> {
      await query('record market labels', {
        name: 'record-market-labels',
        text: `update market_states as state
               set outcome_bps = given."outcomeBps", resolved_market_ms = given."resolvedMs"
               from jsonb_to_recordset($2::jsonb) as given
                 (market text, "marketTimeMs" bigint, "outcomeBps" double precision,
                  "resolvedMs" bigint)
               where state.run_id = $1 and state.market = given.market
                 and state.market_time_ms = given."marketTimeMs"
                 and state.resolved_market_ms is null`,
        values: [runId, JSON.stringify(labels)],
      });
    },
  };
}
