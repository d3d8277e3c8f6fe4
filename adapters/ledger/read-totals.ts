import type { RunId } from '../../domain/shared/ids.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

export type RunRow = {
  readonly runId: RunId;
  readonly state: string;
  readonly mode: string;
  readonly wallet: string;
  /** What the run is fed with; absent words mean that the row is older than the feed's start. */
  readonly feedKind: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
};

export type Totals = {
  readonly tradesByStage: Readonly<Record<string, number>>;
  readonly permitsByStatus: Readonly<Record<string, number>>;
  readonly openPositions: number;
  readonly exploring: number;
  /** Quote base units, of trades that have ended. */
  readonly realisedPnl: string;
  /** Quote base units, of all runs: exposure is the wallet's. */
  readonly exposure: { readonly reserved: string; readonly spent: string };
};

/** The given run, else the one begun last; undefined where there is none. */
export async function readRunRow(
  pool: Queryable,
  runId: RunId | undefined,
): Promise<RunRow | undefined> {
  const [row] = await queryRows<{
    run_id: string;
    state: string;
    mode: string;
    wallet: string;
    feed_kind: string | null;
    started_at_ms: string;
    ended_at_ms: string | null;
  }>(pool, 'read run', {
    text: `select run_id, state, mode, wallet, feed ->> 'kind' as feed_kind,
        floor(extract(epoch from started_at) * 1000)::bigint as started_at_ms,
        floor(extract(epoch from ended_at) * 1000)::bigint as ended_at_ms
      from runs where $1::text is null or run_id = $1 order by started_at desc limit 1`,
    values: [runId],
  });
  return (
    row && {
      runId: row.run_id,
      state: row.state,
      mode: row.mode,
      wallet: row.wallet,
      feedKind: row.feed_kind ?? 'unknown',
      startedAtMs: Number(row.started_at_ms),
      ...optional('endedAtMs', numberOf(row.ended_at_ms)),
    }
  );
}

type TotalsRow = {
  readonly trades: Readonly<Record<string, number>> | null;
  readonly permits: Readonly<Record<string, number>> | null;
  readonly open_positions: string;
  readonly exploring: string;
  readonly realised_pnl: string;
  readonly reserved: string;
  readonly spent: string;
};

/** Counts and sums of one run, in one statement. */
export async function readTotals(pool: Queryable, runId: RunId): Promise<Totals> {
  const [row] = await queryRows<TotalsRow>(pool, 'read totals', {
    name: 'read-totals',
    text: TOTALS,
    values: [runId],
  });
  if (!row) throw new Error('an aggregate without grouping always has one row');
  return {
    tradesByStage: row.trades ?? {},
    permitsByStatus: row.permits ?? {},
    openPositions: Number(row.open_positions),
    exploring: Number(row.exploring),
    realisedPnl: row.realised_pnl,
    exposure: { reserved: row.reserved, spent: row.spent },
  };
}

const TOTALS = `select
  (select json_object_agg(stage, n) from
    (select stage, count(*) as n from trades where run_id = $1 group by stage) s) as trades,
  (select json_object_agg(status, n) from
    (select status, count(*) as n from permits where run_id = $1 group by status) s) as permits,
  (select count(*) from positions where status <> 'closed') as open_positions,
  (select count(*) from trades where run_id = $1 and exploring) as exploring,
  (select coalesce(sum(realised_pnl), 0) from trades
    where run_id = $1 and realised_pnl is not null) as realised_pnl,
  coalesce((select reserved from exposure where scope = 'total'), 0) as reserved,
  coalesce((select spent from exposure where scope = 'total'), 0) as spent`;
