import type { Dashboard } from './panel.ts';
import { NEWEST_RUN } from './trading.ts';

/** An opinion beside what the market then did, traded or not. */
const JUDGED = `trades t join market_states m using (run_id, market, market_time_ms)
where t.run_id = ${NEWEST_RUN} and t.opinion is not null and m.outcome_bps is not null`;

export const ANALYTICS: Dashboard = {
  uid: 'overmind-ai',
  title: 'AI Analytics',
  description: 'What the brain thinks, and what it was worth.',
  panels: [
    {
      title: 'Mean conviction',
      help: 'Of the newest 200 opinions; below 0.5 an alert fires.',
      kind: 'stat',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_brain_conviction_ratio' }],
      warnAt: 0.5,
      below: true,
    },
    {
      title: 'Right direction',
      help: 'Of the newest 500 opinions up or down, traded or not, at their horizon.',
      kind: 'stat',
      unit: 'percentunit',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_brain_hit_ratio' }],
      warnAt: 0.5,
      below: true,
    },
    {
      title: 'Brier score',
      help: 'Mean squared error of the probability: 0 is perfect, 0.25 knows nothing.',
      kind: 'stat',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_brain_brier_ratio' }],
      warnAt: 0.25,
    },
    {
      title: 'Judged opinions',
      help: 'How many stand behind the two figures beside this.',
      kind: 'stat',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_brain_judged_opinions_number' }],
    },
    {
      title: 'Decisions an hour',
      help: 'Wall time; a replay has many.',
      kind: 'stat',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind:decisions:per_hour' }],
      warnAt: 10,
      below: true,
    },
    {
      title: 'Cost of models',
      help: 'In the newest 500 decisions.',
      kind: 'stat',
      unit: 'currencyUSD',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_brain_llm_cost_usd' }],
    },
    {
      title: 'Confidence and quality over time',
      help: 'Conviction is what the brain says, the others are what came of it.',
      kind: 'timeseries',
      width: 12,
      queries: [
        { promql: 'overmind_brain_conviction_ratio', legend: 'mean conviction' },
        { promql: 'overmind_brain_hit_ratio', legend: 'right direction' },
        { promql: 'overmind_brain_brier_ratio', legend: 'Brier score' },
      ],
    },
    {
      title: 'Decisions',
      help: 'What became of candidates, a minute.',
      kind: 'timeseries',
      width: 12,
      queries: [
        {
          promql: '60 * rate(overmind_brain_decisions_total[$__rate_interval])',
          legend: '{{decision}}',
        },
      ],
    },
    {
      title: 'Decisions per market event',
      help: 'Most events interest no screen.',
      kind: 'timeseries',
      width: 8,
      queries: [{ promql: 'overmind:decisions:per_event', legend: 'decisions per event' }],
    },
    {
      title: 'Who had the last word',
      help: 'Share of the newest 500 decisions: the fast policy alone, or the model that answered.',
      kind: 'bargauge',
      unit: 'percentunit',
      width: 8,
      queries: [{ promql: 'overmind_brain_policy_share_ratio', legend: '{{policy}}' }],
    },
    {
      title: 'Consultations',
      help: 'Answers by verdict, silences by reason; empty while no model is asked.',
      kind: 'bargauge',
      width: 8,
      queries: [
        { promql: 'overmind_brain_consultations_number', legend: '{{provider}} {{result}}' },
      ],
    },
    {
      title: 'Memory',
      help: 'Past states with a known outcome, by market.',
      kind: 'timeseries',
      width: 12,
      queries: [
        { promql: 'overmind_brain_memory_states_number', legend: '{{market}}' },
        { promql: 'overmind_brain_unwritten_states_number', legend: 'not written yet' },
      ],
    },
    {
      title: 'Conviction of each opinion',
      help: 'Of the newest run, from the ledger.',
      kind: 'timeseries',
      width: 12,
      queries: [
        {
          sql: `select created_at as time, market as metric, conviction as value from trades
where run_id = ${NEWEST_RUN} and conviction is not null and $__timeFilter(created_at) order by 1`,
          series: true,
        },
      ],
    },
    {
      title: 'Reliability',
      help: 'Of the states that the brain called so likely to rise, how many did.',
      kind: 'table',
      width: 12,
      queries: [
        {
          sql: `select width_bucket((t.opinion ->> 'probability')::float8, 0, 1, 10) / 10.0 as "probability up to",
  count(*) as "opinions", avg((m.outcome_bps > 0)::int)::numeric(4, 2) as "rose",
  avg(m.outcome_bps)::numeric(12, 1) as "mean bps"
from ${JUDGED} group by 1 order by 1`,
        },
      ],
    },
    {
      title: 'By direction',
      help: 'What the market did after each kind of opinion.',
      kind: 'table',
      width: 12,
      queries: [
        {
          sql: `select t.opinion ->> 'direction' as "opinion", count(*) as "opinions",
  avg((m.outcome_bps > 0)::int)::numeric(4, 2) as "rose", avg(m.outcome_bps)::numeric(12, 1) as "mean bps"
from ${JUDGED} group by 1 order by 2 desc`,
        },
      ],
    },
    {
      title: 'Why candidates were declined',
      help: 'First reason of each declined trade of the newest run.',
      kind: 'table',
      width: 12,
      queries: [
        {
          sql: `select coalesce(reasons[1], 'no reason stored') as "reason", count(*) as "candidates" from trades
where run_id = ${NEWEST_RUN} and stage = 'declined' group by 1 order by 2 desc limit 30`,
        },
      ],
    },
    {
      title: 'Newest decisions',
      help: 'The trade opens in the Temporal Web UI, where everything else about it stands.',
      kind: 'table',
      width: 12,
      queries: [
        {
          sql: `select workflow_id as "trade", stage, opinion ->> 'direction' as "opinion",
  conviction::numeric(4, 2) as "conviction", (opinion ->> 'probability')::numeric(4, 3) as "probability",
  expected_value_bps::numeric(12, 1) as "EV bps", decision_inputs -> 'consultation' ->> 'by' as "model", created_at as "at"
from trades where run_id = ${NEWEST_RUN} and opinion is not null order by created_at desc limit 100`,
        },
      ],
      workflowColumn: 'trade',
    },
  ],
};
