import type { Direction } from '../../domain/analysis/calibrator.ts';
import type { StateReading } from '../../domain/learning/market-brain.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';

export type StoredState = {
  readonly market: MarketId;
  readonly marketTimeMs: number;
  readonly featureVersion: string;
  /** Decimal string, as the event brought it. */
  readonly close: string;
  readonly features: readonly number[];
  readonly policyVersion: string;
  readonly reading: StateReading | undefined;
};

export type StoredLabel = {
  readonly market: MarketId;
  readonly marketTimeMs: number;
  readonly outcomeBps: number;
  readonly resolvedMs: number;
};

export type PastState = Omit<StoredState, 'policyVersion'>;

/** A state with what became of it; both undefined while that is not known. */
export type JudgedState = Omit<PastState, 'reading'> & {
  readonly outcomeBps: number | undefined;
  readonly resolvedMs: number | undefined;
};

/** Where a page ended. */
export type StateCursor = Pick<PastState, 'market' | 'marketTimeMs'>;

export type StoredReading = Omit<PastState, 'reading'> & { readonly reading: StateReading };

export type MarketStates = {
  /** Safe to repeat: a state that is there stays as it is. */
  recordStates(states: readonly StoredState[]): Promise<void>;
  /** Safe to repeat: the first outcome stays. A label without its state changes nothing. */
  recordLabels(labels: readonly StoredLabel[]): Promise<void>;
  /** The run's states by market and time, at most `limit` of those after the cursor. */
  readJudged(after: StateCursor | undefined, limit: number): Promise<readonly JudgedState[]>;
  /** What this version of the policy found in the run's states. */
  readReadings(policyVersion: string): Promise<readonly StoredReading[]>;
  /** A market's states up to this time, oldest first; readings are those of this policy alone. */
  readStates(
    market: MarketId,
    upToMs: number,
    policyVersion: string,
  ): Promise<readonly PastState[]>;
};

/** One query outside a transaction; rejects with a `ledger/…` error. */
export type RunQuery = (
  operation: string,
  query: { readonly text: string; readonly values: readonly unknown[]; readonly name: string },
) => Promise<readonly unknown[]>;

/** The table `market_states` of one run: one round trip a batch, whatever its size. */
export function createMarketStates(runId: RunId, query: RunQuery): MarketStates {
  return {
    async recordStates(states): Promise<void> {
      await query('record market states', {
        name: 'record-market-states',
        text: `insert into market_states
                 (run_id, market, market_time_ms, feature_version, close, features, policy_version,
                  strength, distance_to_memory, direction, raw_probability)
               select $1, market, "marketTimeMs", "featureVersion", close, features,
                 "policyVersion", strength, "distanceToMemory", direction, confidence
               from jsonb_to_recordset($2::jsonb) as given
                 (market text, "marketTimeMs" bigint, "featureVersion" text, close text,
                  features real[], "policyVersion" text, strength float8,
                  "distanceToMemory" float8, direction text, confidence float8)
               on conflict do nothing`,
        values: [runId, JSON.stringify(states.map(flat))],
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

    async readJudged(after, limit) {
      const rows = await query('read judged states', {
        name: 'read-judged-states',
        text: `select market, market_time_ms, feature_version, close, features, outcome_bps,
                 resolved_market_ms
               from market_states
               where run_id = $1 and (market, market_time_ms) > ($2, $3)
               order by market, market_time_ms limit $4`,
        values: [runId, after?.market ?? '', after?.marketTimeMs ?? 0, limit],
      });
      return (rows as readonly JudgedRow[]).map((row) => ({
        market: row.market,
        marketTimeMs: Number(row.market_time_ms),
        featureVersion: row.feature_version,
        close: row.close,
        features: row.features,
        outcomeBps: row.outcome_bps ?? undefined,
        resolvedMs: row.resolved_market_ms === null ? undefined : Number(row.resolved_market_ms),
      }));
    },

    async readReadings(policyVersion) {
      const rows = await query('read state readings', {
        name: 'read-state-readings',
        text: `select market, market_time_ms, feature_version, close, features, strength,
                 distance_to_memory, direction, raw_probability
               from market_states
               where run_id = $1 and policy_version = $2 and strength is not null`,
        values: [runId, policyVersion],
      });
      return (rows as readonly ReadingRow[]).map((row) => ({
        market: row.market,
        marketTimeMs: Number(row.market_time_ms),
        featureVersion: row.feature_version,
        close: row.close,
        features: row.features,
        reading: readingOf(row),
      }));
    },

    async readStates(market, upToMs, policyVersion) {
      const rows = await query('read market states', {
        name: 'read-market-states',
        text: `select market, market_time_ms, feature_version, close, features, policy_version,
                 strength, distance_to_memory, direction, raw_probability
               from market_states
               where run_id = $1 and market = $2 and market_time_ms <= $3
               order by market_time_ms`,
        values: [runId, market, upToMs],
      });
      return (rows as readonly StateRow[]).map(({ strength, ...row }) => ({
        market,
        marketTimeMs: Number(row.market_time_ms),
        featureVersion: row.feature_version,
        close: row.close,
        features: row.features,
        reading:
          strength === null || row.policy_version !== policyVersion
            ? undefined
            : readingOf({ ...row, strength }),
      }));
    },
  };
}

type JudgedRow = Pick<
  ReadingRow,
  'market' | 'market_time_ms' | 'feature_version' | 'close' | 'features'
> & { readonly outcome_bps: number | null; readonly resolved_market_ms: string | null };

type StateRow = Omit<ReadingRow, 'strength'> & {
  readonly strength: number | null;
  readonly policy_version: string | null;
};

type ReadingRow = {
  readonly market: MarketId;
  readonly market_time_ms: string;
  readonly feature_version: string;
  readonly close: string;
  readonly features: readonly number[];
  readonly strength: number;
  readonly distance_to_memory: number;
  readonly direction: Direction | null;
  readonly raw_probability: number | null;
};

function readingOf(row: ReadingRow): StateReading {
  const { strength, distance_to_memory: distanceToMemory, direction } = row;
  const { raw_probability: confidence } = row;
  const isThought = direction !== null && confidence !== null;
  return { strength, distanceToMemory, thought: isThought ? { direction, confidence } : undefined };
}

function flat({ reading, ...state }: StoredState) {
  return {
    ...state,
    strength: reading?.strength,
    distanceToMemory: reading?.distanceToMemory,
    ...reading?.thought,
  };
}
