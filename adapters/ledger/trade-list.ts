import type { ExitReason } from '../../domain/decision/signal.ts';
import type { Breach } from '../../domain/risk/verdict.ts';
import type { MarketId, RunId, SignalId } from '../../domain/shared/ids.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

/** One trade as a line of a table; what is not known yet is absent. Amounts are quote base units. */
export type TradeLine = {
  readonly signalId: SignalId;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly screen: string;
  readonly stage: string;
  readonly workflowId: string;
  readonly marketTimeMs: number;
  readonly conviction?: number;
  readonly expectedValueBps?: number;
  readonly exploring: boolean;
  readonly riskScore?: number;
  readonly notional?: string;
  /** Of the entry's last attempt: read → last write, XADD → last write, market event → last write. */
  readonly permitToWireUs?: number;
  readonly approvedToWireUs?: number;
  readonly tickToWireUs?: number;
  readonly realisedPnl?: string;
  readonly exitReason?: ExitReason;
  readonly breaches: readonly Breach[];
  readonly reasons: readonly string[];
  /** Market times of the position. */
  readonly openedAtMs?: number;
  readonly closedAtMs?: number;
};

export type TradeListOptions = {
  /** Undefined: trades of every run. */
  readonly runId?: RunId;
  readonly limit: number;
};

type Row = {
  readonly signal_id: string;
  readonly run_id: string;
  readonly market: string;
  readonly screen: string;
  readonly stage: string;
  readonly workflow_id: string;
  readonly market_time_ms: string;
  readonly conviction: number | null;
  readonly expected_value_bps: number | null;
  readonly exploring: boolean;
  readonly risk_score: number | null;
  readonly notional: string | null;
  readonly permit_to_wire_us: string | null;
  readonly approved_to_wire_us: string | null;
  readonly tick_to_wire_us: string | null;
  readonly realised_pnl: string | null;
  readonly exit_reason: string | null;
  readonly breaches: readonly Breach[];
  readonly reasons: readonly string[];
  readonly opened_market_ms: string | null;
  readonly closed_market_ms: string | null;
};

/** Newest first: by market time within a run, by when it was made across runs. */
export async function listTrades(
  pool: Queryable,
  { runId, limit }: TradeListOptions,
): Promise<readonly TradeLine[]> {
  const of = runId === undefined ? 'all' : 'run';
  const rows = await queryRows<Row>(pool, 'list trades', {
    name: `list-trades-${of}`,
    text: `${LINES} ${ORDER[of]} limit $1`,
    values: runId === undefined ? [limit] : [limit, runId],
  });
  return rows.map(lineOf);
}

/** Trades whose signal id is, begins or ends with `part`; at most `limit`. */
export async function findTrades(
  pool: Queryable,
  part: string,
  limit: number,
): Promise<readonly TradeLine[]> {
  const rows = await queryRows<Row>(pool, 'find trades', {
    text: `${LINES} where t.signal_id = $2 or starts_with(t.signal_id, $2)
        or right(t.signal_id, length($2)) = $2
      order by t.signal_id = $2 desc, t.created_at desc limit $1`,
    values: [limit, part],
  });
  return rows.map(lineOf);
}

function lineOf(row: Row): TradeLine {
  return {
    signalId: row.signal_id,
    runId: row.run_id,
    market: row.market,
    screen: row.screen,
    stage: row.stage,
    workflowId: row.workflow_id,
    marketTimeMs: Number(row.market_time_ms),
    exploring: row.exploring,
    breaches: row.breaches,
    reasons: row.reasons,
    ...optional('conviction', row.conviction),
    ...optional('expectedValueBps', row.expected_value_bps),
    ...optional('riskScore', row.risk_score),
    ...optional('notional', row.notional),
    ...optional('permitToWireUs', numberOf(row.permit_to_wire_us)),
    ...optional('approvedToWireUs', numberOf(row.approved_to_wire_us)),
    ...optional('tickToWireUs', numberOf(row.tick_to_wire_us)),
    ...optional('realisedPnl', row.realised_pnl),
    // Only our own stages write the column, each with the type's words.
    ...optional('exitReason', row.exit_reason as ExitReason | null),
    ...optional('openedAtMs', numberOf(row.opened_market_ms)),
    ...optional('closedAtMs', numberOf(row.closed_market_ms)),
  };
}

const LINES = `select t.signal_id, t.run_id, t.market, t.screen, t.stage, t.workflow_id,
    t.market_time_ms, t.conviction, t.expected_value_bps, t.exploring, t.risk_score, t.notional,
    round((e.wire_ns - e.read_ns) / 1000, 1) as permit_to_wire_us,
    round((e.wire_ns - e.published_ns) / 1000, 1) as approved_to_wire_us,
    round((e.wire_ns - e.received_ns) / 1000, 1) as tick_to_wire_us,
    t.realised_pnl, coalesce(t.exit_reason, p.exit_reason) as exit_reason, t.breaches, t.reasons,
    p.opened_market_ms, p.closed_market_ms
  from trades t
  left join positions p on p.signal_id = t.signal_id
  left join lateral (select received_ns, published_ns, read_ns, wire_ns from permits
    where signal_id = t.signal_id and leg = 'entry' order by attempt desc limit 1) e on true`;

const ORDER = {
  all: 'order by t.created_at desc, t.market_time_ms desc, t.signal_id desc',
  run: 'where t.run_id = $2 order by t.market_time_ms desc, t.created_at desc, t.signal_id desc',
} as const;
