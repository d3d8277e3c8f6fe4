import { memoryIdOf, type MemoryId } from '../../domain/analysis/memory-id.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { queryRows, type Queryable } from './connect.ts';

export type RememberedState = MemoryId & {
  readonly runId: RunId;
  readonly featureVersion: string;
  readonly close: string;
  readonly features: readonly number[];
  /** Undefined while the market has not reached the horizon. */
  readonly outcomeBps: number | undefined;
  readonly resolvedMs: number | undefined;
  readonly revoked: { readonly reason: string; readonly atMs: number } | undefined;
};

/** A trade whose opinion this memory voted in. */
export type VotedTrade = {
  readonly signalId: string;
  readonly workflowId: string;
  readonly stage: string;
  readonly marketTimeMs: number;
  /** Share of the vote, 0–1. */
  readonly weight: number;
  readonly returnBps: number | undefined;
};

/** `revokedAtMs` is wall time. */
export type Revocation = MemoryId & { readonly revokedAtMs: number };

/** Most trades that are listed for one memory, the newest first. */
const TRADES_MAX = 1_000;

export async function readRememberedState(
  pool: Queryable,
  runId: RunId,
  { market, marketTimeMs }: MemoryId,
): Promise<RememberedState | undefined> {
  const [row] = await queryRows<{
    readonly feature_version: string;
    readonly close: string;
    readonly features: readonly number[];
    readonly outcome_bps: number | null;
    readonly resolved_market_ms: string | null;
    readonly reason: string | null;
    readonly revoked_at: Date | null;
  }>(pool, 'read memory', {
    text: `select s.feature_version, s.close, s.features, s.outcome_bps, s.resolved_market_ms,
        r.reason, r.revoked_at
      from market_states s left join revoked_memories r using (run_id, market, market_time_ms)
      where run_id = $1 and market = $2 and market_time_ms = $3`,
    values: [runId, market, marketTimeMs],
  });
  if (!row) return undefined;
  return {
    ...{ runId, market, marketTimeMs, close: row.close, features: row.features },
    featureVersion: row.feature_version,
    outcomeBps: row.outcome_bps ?? undefined,
    resolvedMs: row.resolved_market_ms === null ? undefined : Number(row.resolved_market_ms),
    revoked:
      row.reason === null || row.revoked_at === null
        ? undefined
        : { reason: row.reason, atMs: row.revoked_at.getTime() },
  };
}

export async function readVotedTrades(
  pool: Queryable,
  runId: RunId,
  { market, marketTimeMs }: MemoryId,
): Promise<readonly VotedTrade[]> {
  const id = memoryIdOf(market, marketTimeMs);
  const rows = await queryRows<{
    readonly signal_id: string;
    readonly workflow_id: string;
    readonly stage: string;
    readonly market_time_ms: string;
    readonly weight: number;
    readonly return_bps: number | null;
  }>(pool, 'read trades of a memory', {
    text: `select t.signal_id, t.workflow_id, t.stage, t.market_time_ms,
        (voter ->> 'weight')::float8 as weight, o.return_bps
      from trades t
      cross join lateral jsonb_array_elements(t.opinion -> 'neighbours') voter
      left join outcomes o using (signal_id)
      where t.run_id = $1 and t.opinion -> 'neighbours' @> $2::jsonb and voter ->> 'id' = $3
      order by t.market_time_ms desc limit ${TRADES_MAX}`,
    values: [runId, JSON.stringify([{ id }]), id],
  });
  return rows.map((row) => ({
    signalId: row.signal_id,
    workflowId: row.workflow_id,
    stage: row.stage,
    marketTimeMs: Number(row.market_time_ms),
    weight: row.weight,
    returnBps: row.return_bps ?? undefined,
  }));
}

/** A decision with the state it was made in. */
export type DecidedState = {
  readonly signalId: string;
  readonly featureVersion: string;
  readonly features: readonly number[];
};

/** What the brain was asked about a market within a span of market time, oldest first. */
export async function readDecidedStates(
  pool: Queryable,
  runId: RunId,
  { market, fromMs, toMs }: Readonly<Record<'fromMs' | 'toMs', number>> & Pick<MemoryId, 'market'>,
): Promise<readonly DecidedState[]> {
  return queryRows<DecidedState>(pool, 'read decisions of a day', {
    text: `select signal_id as "signalId", candidate ->> 'featureVersion' as "featureVersion",
        candidate -> 'features' as features
      from trades
      where run_id = $1 and market = $2 and market_time_ms >= $3 and market_time_ms < $4
        and opinion is not null
      order by market_time_ms, signal_id`,
    values: [runId, market, fromMs, toMs],
  });
}

/** The versions of features that a market's states have in a run. */
export async function readFeatureVersions(
  pool: Queryable,
  runId: RunId,
  market: MarketId,
): Promise<readonly string[]> {
  const rows = await queryRows<{ readonly version: string }>(pool, 'read feature versions', {
    text: `select distinct feature_version as version from market_states
      where run_id = $1 and market = $2 order by 1`,
    values: [runId, market],
  });
  return rows.map(({ version }) => version);
}

/** Safe to repeat: the first reason stays. */
export async function recordRevocation(
  pool: Queryable,
  runId: RunId,
  { market, marketTimeMs }: MemoryId,
  reason: string,
): Promise<void> {
  await queryRows(pool, 'revoke memory', {
    text: `insert into revoked_memories (run_id, market, market_time_ms, reason)
      values ($1, $2, $3, $4) on conflict do nothing`,
    values: [runId, market, marketTimeMs, reason],
  });
}

export async function readRevocations(
  pool: Queryable,
  runId: RunId,
): Promise<readonly Revocation[]> {
  const rows = await queryRows<{
    readonly market: MarketId;
    readonly market_time_ms: string;
    readonly revoked_at: Date;
  }>(pool, 'read revoked memories', {
    text: 'select market, market_time_ms, revoked_at from revoked_memories where run_id = $1',
    values: [runId],
  });
  return rows.map(({ market, market_time_ms: time, revoked_at: at }) => ({
    ...{ market, marketTimeMs: Number(time), revokedAtMs: at.getTime() },
  }));
}
