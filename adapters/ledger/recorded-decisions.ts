import type { Opinion } from '../../domain/analysis/opinion.ts';
import { inputsFromWire } from '../../domain/decision/decision-inputs.ts';
import type { RecordedDecision } from '../../domain/decision/redecide.ts';
import type { Decision } from '../../domain/decision/signal.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { FieldSeal, JsonObject } from '../../domain/shared/field-seal.ts';
import type { RunId, SignalId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { queryRows, type Queryable } from './connect.ts';
import { openInputs } from './sealed-decisions.ts';

export type StoredDecision = RecordedDecision & {
  /** Wall time of the trade's begin. */
  readonly createdAtMs: number;
  /** Net of all costs, bps of the cost; undefined without a closed position. */
  readonly returnBps: number | undefined;
  /** What the market did until the opinion's horizon; undefined while that is not known. */
  readonly marketBps: number | undefined;
};

type Row = {
  readonly candidate: Candidate;
  readonly opinion: Opinion;
  readonly decision: Wire<Decision>;
  readonly decision_inputs: JsonObject;
  readonly created_at: Date;
  readonly return_bps: number | null;
  readonly outcome_bps: number | null;
};

/** Undefined where the trade has none, or is older than the record of its inputs. */
export async function readRecordedDecision(
  pool: Queryable,
  signalId: SignalId,
  seal: FieldSeal,
): Promise<StoredDecision | undefined> {
  const text = `${DECISIONS} and t.signal_id = $1`;
  const [row] = await queryRows<Row>(pool, 'read decision', { text, values: [signalId] });
  return row && decisionOf(row, seal);
}

/** Decisions of a run since a market time, oldest first; at most `limit`. */
export async function readRecordedDecisions(
  pool: Queryable,
  runId: RunId,
  since: { readonly marketMs: number; readonly limit: number },
  seal: FieldSeal,
): Promise<readonly StoredDecision[]> {
  const rows = await queryRows<Row>(pool, 'read decisions', {
    text: `${DECISIONS} and t.run_id = $1 and t.market_time_ms >= $2
      order by t.market_time_ms, t.signal_id limit $3`,
    values: [runId, since.marketMs, since.limit],
  });
  return rows.map((row) => decisionOf(row, seal));
}

/** What was thought of a candidate, and what its market did until the horizon. */
export type JudgedOpinion = {
  readonly candidate: Candidate;
  readonly opinion: Opinion;
  /** Both undefined while that is not known. */
  readonly outcomeBps: number | undefined;
  readonly resolvedMs: number | undefined;
};

/** The newest opinions of a run, oldest first. */
export async function readJudgedOpinions(
  pool: Queryable,
  runId: RunId,
  limit: number,
): Promise<readonly JudgedOpinion[]> {
  const rows = await queryRows<{
    readonly candidate: Candidate;
    readonly opinion: Opinion;
    readonly outcome_bps: number | null;
    readonly resolved_market_ms: string | null;
  }>(pool, 'read opinions', {
    text: `select t.candidate, t.opinion, s.outcome_bps, s.resolved_market_ms
      from trades t
      left join market_states s using (run_id, market, market_time_ms)
      where t.run_id = $1 and t.opinion is not null
      order by t.market_time_ms desc, t.signal_id limit $2`,
    values: [runId, limit],
  });
  return rows.toReversed().map((row) => ({
    candidate: row.candidate,
    opinion: row.opinion,
    outcomeBps: row.outcome_bps ?? undefined,
    resolvedMs: row.resolved_market_ms === null ? undefined : Number(row.resolved_market_ms),
  }));
}

const DECISIONS = `select t.candidate, t.opinion, t.decision, t.decision_inputs, t.created_at,
    o.return_bps, s.outcome_bps
  from trades t
  left join outcomes o using (signal_id)
  left join market_states s on s.run_id = t.run_id and s.market = t.market
    and s.market_time_ms = t.market_time_ms
  where t.opinion is not null and t.decision_inputs is not null`;

function decisionOf(row: Row, seal: FieldSeal): StoredDecision {
  return {
    candidate: row.candidate,
    opinion: row.opinion,
    decision: row.decision,
    inputs: inputsFromWire(openInputs(row.decision_inputs, row.candidate.signalId, seal)),
    createdAtMs: row.created_at.getTime(),
    returnBps: row.return_bps ?? undefined,
    marketBps: row.outcome_bps ?? undefined,
  };
}
