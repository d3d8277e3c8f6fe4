import type { RunId } from '../../domain/shared/ids.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

/** What a run's newest opinions were worth, and who had the last word in its newest decisions. */
export type DecisionFigures = {
  /** Mean; absent where the brain has said nothing yet. */
  readonly conviction?: number;
  /** Opinions whose outcome the market has shown, traded or not. */
  readonly judged: number;
  readonly hitRatio?: number;
  readonly brier?: number;
  readonly decisions: number;
  /** Of the newest decisions, by who answered: `fast` where no model did. */
  readonly decisionsByPolicy: Readonly<Record<string, number>>;
  readonly consultations: readonly {
    readonly provider: string;
    readonly result: string;
    readonly count: number;
  }[];
  readonly llmMicroUsd: number;
};

/** Enough for a steady figure, few enough to be read at each scrape. */
const OPINIONS_MAX = 200;
const JUDGED_MAX = 500;
const DECISIONS_MAX = 500;

type Row = {
  readonly conviction: number | null;
  readonly judged: string;
  readonly hit_ratio: string | null;
  readonly brier: number | null;
  readonly decisions: string;
  readonly policies: Readonly<Record<string, number>> | null;
  readonly consultations: DecisionFigures['consultations'] | null;
  readonly micro_usd: string;
};

export async function readDecisionFigures(on: Queryable, runId: RunId): Promise<DecisionFigures> {
  const [row] = await queryRows<Row>(on, 'read decision figures', {
    name: 'decision-figures',
    text: FIGURES,
    values: [runId],
  });
  if (!row) throw new Error('an aggregate without grouping always has one row');
  return {
    ...optional('conviction', row.conviction),
    judged: Number(row.judged),
    ...optional('hitRatio', numberOf(row.hit_ratio)),
    ...optional('brier', row.brier),
    decisions: Number(row.decisions),
    decisionsByPolicy: row.policies ?? {},
    consultations: row.consultations ?? [],
    llmMicroUsd: Number(row.micro_usd),
  };
}

/** An outcome is the market's at the opinion's horizon, so that what was declined is judged, too. */
const FIGURES = `with
  opinions as (select conviction from trades where run_id = $1 and conviction is not null
    order by market_time_ms desc limit ${OPINIONS_MAX}),
  judged as (select t.opinion ->> 'direction' as direction, m.outcome_bps,
      (t.opinion ->> 'probability')::float8 as probability
    from trades t join market_states m using (run_id, market, market_time_ms)
    where t.run_id = $1 and t.opinion is not null and m.outcome_bps is not null
    order by t.market_time_ms desc limit ${JUDGED_MAX}),
  decided as (select decision_inputs -> 'consultation' as said from trades
    where run_id = $1 and decision is not null
    order by market_time_ms desc limit ${DECISIONS_MAX}),
  asked as (select coalesce(said ->> 'by', 'none') as provider,
      coalesce(said -> 'advice' ->> 'verdict', said ->> 'reason') as result, count(*) as count
    from decided where jsonb_typeof(said) = 'object' group by 1, 2)
  select
  (select avg(conviction) from opinions) as conviction,
  (select count(*) from judged) as judged,
  (select avg((sign(outcome_bps) = case direction when 'up' then 1 else -1 end)::int) from judged
    where direction in ('up', 'down')) as hit_ratio,
  (select avg(power(probability - (outcome_bps > 0)::int, 2)) from judged) as brier,
  (select count(*) from decided) as decisions,
  (select json_object_agg(policy, n) from (
    select coalesce(said ->> 'by', 'fast') as policy, count(*) as n from decided group by 1) p)
    as policies,
  (select json_agg(asked) from asked) as consultations,
  (select coalesce(sum((said ->> 'costMicroUsd')::numeric), 0) from decided) as micro_usd`;
