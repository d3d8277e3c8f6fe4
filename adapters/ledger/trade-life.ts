import type { Consultation } from '../../domain/analysis/consultation.ts';
import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Decision, Signal } from '../../domain/decision/signal.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { Adjustment } from '../../domain/risk/verdict.ts';
import type { Fill } from '../../domain/settlement/settlement.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { FieldSeal } from '../../domain/shared/field-seal.ts';
import type { Leg, PermitId, Side, SignalId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';
import { asideOf, awaitedOf } from './sealed-decisions.ts';

/** One permit with what became of it. Times ending in `Us` are spans of the host's clock. */
export type PermitLife = {
  readonly permitId: PermitId;
  readonly leg: Leg;
  readonly attempt: number;
  readonly side: Side;
  readonly status: string;
  readonly reason?: string;
  readonly signature?: string;
  readonly signal: Wire<Signal>;
  readonly riskScore: number;
  readonly adjustments: readonly Adjustment[];
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly validUntilMs: number;
  readonly tickToWireUs?: number;
  readonly approvedToWireUs?: number;
  /** From the approver's call to the executor's read. */
  readonly deliveryUs?: number;
  readonly permitToWireUs?: number;
  readonly createdAtMs: number;
  readonly reportedAtMs?: number;
  readonly settledAtMs?: number;
  readonly settlement?: {
    readonly kind: string;
    readonly slot?: number;
    readonly error?: string;
    readonly fill?: Wire<Fill>;
    /** Lamports of the transaction beyond its swap, in quote units. */
    readonly costs: string;
  };
};

export type ConsultedTrade = {
  readonly consultation: Consultation;
  /** The decision did not wait for it. */
  readonly beside: boolean;
};

export type TradeLife = {
  readonly candidate: Candidate;
  /** Absent where the brain did not answer. */
  readonly opinion?: Opinion;
  /** Absent where the overlay was not asked, or not by a brain that was there. */
  readonly consulted?: ConsultedTrade;
  readonly decision?: Wire<Decision>;
  readonly permits: readonly PermitLife[];
  readonly outcome?: {
    readonly exitReason: string;
    readonly realisedPnl: string;
    readonly returnBps: number;
    readonly holdMs: number;
  };
};

type TradeRow = {
  readonly candidate: Candidate;
  readonly opinion: Opinion | null;
  readonly awaited: Consultation | null;
  readonly aside: Consultation | null;
  readonly decision: Wire<Decision> | null;
  readonly outcome: {
    readonly exit_reason: string;
    readonly realised_pnl: string;
    readonly return_bps: number;
    readonly hold_ms: number;
  } | null;
};

/** What every stage stored of one trade; undefined for an id that no trade has. */
export async function readTradeLife(
  pool: Queryable,
  signalId: SignalId,
  seal: FieldSeal,
): Promise<TradeLife | undefined> {
  const [trades, permits] = await Promise.all([
    queryRows<TradeRow>(pool, 'read trade', { text: TRADE, values: [signalId] }),
    queryRows<PermitRow>(pool, 'read permits', { text: PERMITS, values: [signalId] }),
  ]);
  const [row] = trades;
  if (!row) return undefined;
  const { candidate, opinion, decision, outcome, awaited } = row;
  const consultation = consultationOf(row, seal);
  return {
    candidate,
    ...optional('opinion', opinion),
    ...optional('consulted', consultation && { consultation, beside: awaited === null }),
    ...optional('decision', decision),
    permits: permits.map(permitOf),
    ...optional(
      'outcome',
      outcome && {
        exitReason: outcome.exit_reason,
        realisedPnl: outcome.realised_pnl,
        returnBps: outcome.return_bps,
        holdMs: outcome.hold_ms,
      },
    ),
  };
}

/** As it is stored where it cannot be opened: the rest of the trade must be readable without a key. */
function consultationOf(
  { candidate: { signalId }, awaited, aside }: TradeRow,
  { open }: FieldSeal,
): Consultation | null {
  const stored = awaited ?? aside;
  if (!stored) return null;
  try {
    // What was sealed is a consultation again once it is opened.
    return open(stored, awaited ? awaitedOf(signalId) : asideOf(signalId)) as Consultation;
  } catch (error) {
    if (error instanceof OvermindError && error.code === 'payload/sealed') return stored;
    throw error;
  }
}

type PermitRow = {
  readonly permit_id: string;
  readonly leg: Leg;
  readonly attempt: number;
  readonly side: Side;
  readonly status: string;
  readonly reason: string | null;
  readonly signature: string | null;
  readonly signal: Wire<Signal>;
  readonly risk_score: number;
  readonly adjustments: readonly Adjustment[];
  readonly executor_epoch: string;
  readonly halt_epoch: string;
  readonly valid_until_ms: string;
  readonly tick_to_wire_us: string | null;
  readonly approved_to_wire_us: string | null;
  readonly delivery_us: string | null;
  readonly permit_to_wire_us: string | null;
  readonly created_at_ms: string;
  readonly reported_at_ms: string | null;
  readonly settled_at_ms: string | null;
  readonly kind: string | null;
  readonly slot: string | null;
  readonly error: string | null;
  readonly fill: Wire<Fill> | null;
  readonly costs: string | null;
};

function permitOf(row: PermitRow): PermitLife {
  const { kind, costs } = row;
  return {
    permitId: row.permit_id,
    leg: row.leg,
    attempt: row.attempt,
    side: row.side,
    status: row.status,
    signal: row.signal,
    riskScore: row.risk_score,
    adjustments: row.adjustments,
    executorEpoch: Number(row.executor_epoch),
    haltEpoch: Number(row.halt_epoch),
    validUntilMs: Number(row.valid_until_ms),
    createdAtMs: Number(row.created_at_ms),
    ...optional('reason', row.reason),
    ...optional('signature', row.signature),
    ...optional('tickToWireUs', numberOf(row.tick_to_wire_us)),
    ...optional('approvedToWireUs', numberOf(row.approved_to_wire_us)),
    ...optional('deliveryUs', numberOf(row.delivery_us)),
    ...optional('permitToWireUs', numberOf(row.permit_to_wire_us)),
    ...optional('reportedAtMs', numberOf(row.reported_at_ms)),
    ...optional('settledAtMs', numberOf(row.settled_at_ms)),
    ...(kind === null || costs === null
      ? {}
      : {
          settlement: {
            kind,
            costs,
            ...optional('slot', numberOf(row.slot)),
            ...optional('error', row.error),
            ...optional('fill', row.fill),
          },
        }),
  };
}

const TRADE = `select t.candidate, t.opinion, t.decision,
    t.decision_inputs -> 'consultation' as awaited, t.advice_aside as aside,
    (select json_build_object('exit_reason', o.exit_reason, 'realised_pnl', o.realised_pnl::text,
      'return_bps', o.return_bps, 'hold_ms', o.hold_ms)
      from outcomes o where o.signal_id = t.signal_id) as outcome
  from trades t where t.signal_id = $1`;

const msOf = (column: string): string => `floor(extract(epoch from ${column}) * 1000)::bigint`;

const PERMITS = `select p.permit_id, p.leg, p.attempt, p.side, p.status, p.reason, p.signature,
    p.signal, p.risk_score, p.adjustments, p.executor_epoch, p.halt_epoch, p.valid_until_ms,
    round((p.wire_ns - p.received_ns) / 1000, 1) as tick_to_wire_us,
    round((p.wire_ns - p.published_ns) / 1000, 1) as approved_to_wire_us,
    round((p.read_ns - p.published_ns) / 1000, 1) as delivery_us,
    round((p.wire_ns - p.read_ns) / 1000, 1) as permit_to_wire_us,
    ${msOf('p.created_at')} as created_at_ms, ${msOf('p.reported_at')} as reported_at_ms,
    ${msOf('p.settled_at')} as settled_at_ms,
    s.kind, s.slot, s.error, s.fill, s.costs
  from permits p left join settlements s on s.permit_id = p.permit_id
  where p.signal_id = $1 order by p.created_at, p.attempt`;
