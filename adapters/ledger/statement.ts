import type { Signal } from '../../domain/decision/signal.ts';
import type { Fill } from '../../domain/settlement/settlement.ts';
import type { Leg, PermitId, RunId, Side, SignalId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { queryRows, type Queryable } from './connect.ts';
import { optional } from './nullable.ts';

/** What a statement covers: wall times of the settlement, the end excluded. */
export type StatementPeriod = {
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: every run. */
  readonly runId?: RunId;
};

/** One proven end of a permit. Amounts are base units. */
export type StatementLine = {
  readonly settledAtMs: number;
  readonly runId: RunId;
  readonly signalId: SignalId;
  readonly permitId: PermitId;
  readonly market: string;
  readonly leg: Leg;
  readonly side: Side;
  readonly end: 'landed' | 'failed' | 'expired';
  readonly signal: Wire<Signal>;
  readonly fill?: Wire<Fill>;
  readonly signature?: string;
  /** Lamports that the transaction took from the wallet: fee, tip and rent. */
  readonly lamports: string;
  /** The same in quote units, rounded up. */
  readonly costs: string;
  /** Of the whole trade, net of all its costs: on the leg that ended it. */
  readonly realisedPnl?: string;
  readonly exitReason?: string;
  readonly exploring: boolean;
};

export type Statement = {
  readonly lines: readonly StatementLine[];
  /** What every booked transaction of the period did to the wallet, housekeeping too, by asset. */
  readonly walletChange: Readonly<Record<string, string>>;
};

type Row = {
  readonly settled_at_ms: number;
  readonly run_id: string;
  readonly signal_id: string;
  readonly permit_id: string;
  readonly market: string;
  readonly leg: Leg;
  readonly side: Side;
  readonly kind: StatementLine['end'];
  readonly signal: Wire<Signal>;
  readonly fill: Wire<Fill> | null;
  readonly signature: string | null;
  readonly lamports: string;
  readonly costs: string;
  readonly realised_pnl: string | null;
  readonly exit_reason: string | null;
  readonly exploring: boolean;
};

/** In the order of the settlements. Both halves are of one moment. */
export async function readStatement(
  pool: Queryable,
  { fromMs, toMs, runId }: StatementPeriod,
): Promise<Statement> {
  const [row] = await queryRows<{
    readonly lines: readonly Row[];
    readonly sums: Readonly<Record<string, string>>;
  }>(pool, 'read statement', { text: STATEMENT, values: [fromMs, toMs, runId ?? null] });
  return { lines: (row?.lines ?? []).map(lineOf), walletChange: row?.sums ?? {} };
}

function lineOf(row: Row): StatementLine {
  return {
    settledAtMs: row.settled_at_ms,
    runId: row.run_id,
    signalId: row.signal_id,
    permitId: row.permit_id,
    market: row.market,
    leg: row.leg,
    side: row.side,
    end: row.kind,
    signal: row.signal,
    lamports: row.lamports,
    costs: row.costs,
    exploring: row.exploring,
    ...optional('fill', row.fill),
    ...optional('signature', row.signature),
    ...optional('realisedPnl', row.realised_pnl),
    ...optional('exitReason', row.exit_reason),
  };
}

const WITHIN = (time: string): string =>
  `${time} >= to_timestamp($1::double precision / 1000)
    and ${time} < to_timestamp($2::double precision / 1000)`;

// The trade's result stands on the last leg that was proven: there is one a trade.
const LINES = `select floor(extract(epoch from s.created_at) * 1000)::bigint as settled_at_ms,
    p.run_id, p.signal_id, p.permit_id, p.market, p.leg, p.side, s.kind, p.signal, s.fill,
    s.signature, coalesce(-sol.amount, 0)::text as lamports, s.costs::text, t.exploring,
    case when last.permit_id = p.permit_id then t.realised_pnl::text end as realised_pnl,
    case when last.permit_id = p.permit_id then t.exit_reason end as exit_reason
  from settlements s
  join permits p on p.permit_id = s.permit_id
  join trades t on t.signal_id = p.signal_id
  left join ledger_entries sol on sol.permit_id = p.permit_id and sol.asset = 'SOL'
  left join lateral (select l.permit_id from permits l
    join settlements z on z.permit_id = l.permit_id
    where l.signal_id = p.signal_id order by z.created_at desc, l.attempt desc limit 1) last on true
  where ${WITHIN('s.created_at')} and ($3::text is null or p.run_id = $3)
  order by s.created_at, p.permit_id`;

const SUMS = `select asset, sum(amount)::text as amount from ledger_entries
  where ${WITHIN('created_at')} and ($3::text is null or run_id = $3)
  group by asset order by asset`;

// In one query, which sees one moment.
const STATEMENT = `select
    (select coalesce(json_agg(line), '[]') from (${LINES}) line) as lines,
    (select coalesce(json_object_agg(asset, amount), '{}') from (${SUMS}) sum) as sums`;
