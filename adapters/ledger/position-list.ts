import type { ExitPlan, ExitReason } from '../../domain/decision/signal.ts';
import type { MarketId, RunId, SignalId } from '../../domain/shared/ids.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

/** A position as a line of a table. Quantity is in base units of the base mint, the rest in quote. */
export type PositionLine = {
  readonly signalId: SignalId;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly status: 'open' | 'exiting' | 'closed';
  readonly quantity: string;
  readonly cost: string;
  readonly costsPaid: string;
  readonly proceeds?: string;
  readonly realisedPnl?: string;
  readonly exits: ExitPlan;
  /** Highest feed price seen while it was held, a decimal string. */
  readonly highWater?: string;
  readonly exitReason?: ExitReason;
  readonly exploring: boolean;
  readonly openedAtMs: number;
  readonly closedAtMs?: number;
};

type Row = {
  readonly signal_id: string;
  readonly run_id: string;
  readonly market: string;
  readonly status: PositionLine['status'];
  readonly quantity: string;
  readonly cost: string;
  readonly costs_paid: string;
  readonly proceeds: string | null;
  readonly realised_pnl: string | null;
  readonly exits: ExitPlan;
  readonly high_water: string | null;
  readonly exit_reason: string | null;
  readonly exploring: boolean;
  readonly opened_market_ms: string;
  readonly closed_market_ms: string | null;
};

/** Everything that is held, then what was closed last; `closedMax` bounds the latter. */
export async function listPositions(
  pool: Queryable,
  closedMax: number,
): Promise<readonly PositionLine[]> {
  const rows = await queryRows<Row>(pool, 'list positions', {
    text: `(${COLUMNS} where p.status <> 'closed' order by p.opened_at desc)
      union all (${COLUMNS} where p.status = 'closed' order by p.closed_at desc nulls last limit $1)`,
    values: [closedMax],
  });
  return rows.map(positionOf);
}

/** The position of one trade; undefined where its entry never landed. */
export async function readPosition(
  pool: Queryable,
  signalId: SignalId,
): Promise<PositionLine | undefined> {
  const text = `${COLUMNS} where p.signal_id = $1`;
  const [row] = await queryRows<Row>(pool, 'read position', { text, values: [signalId] });
  return row && positionOf(row);
}

const COLUMNS = `select p.signal_id, p.run_id, p.market, p.status, p.quantity, p.cost, p.costs_paid,
  p.proceeds, t.realised_pnl, p.exits, p.high_water, p.exit_reason, t.exploring,
  p.opened_market_ms, p.closed_market_ms
  from positions p join trades t on t.signal_id = p.signal_id`;

function positionOf(row: Row): PositionLine {
  return {
    signalId: row.signal_id,
    runId: row.run_id,
    market: row.market,
    status: row.status,
    quantity: row.quantity,
    cost: row.cost,
    costsPaid: row.costs_paid,
    exits: row.exits,
    exploring: row.exploring,
    openedAtMs: Number(row.opened_market_ms),
    ...optional('proceeds', row.proceeds),
    ...optional('realisedPnl', row.realised_pnl),
    ...optional('highWater', row.high_water),
    // Only our own stages write the column, each with the type's words.
    ...optional('exitReason', row.exit_reason as ExitReason | null),
    ...optional('closedAtMs', numberOf(row.closed_market_ms)),
  };
}
