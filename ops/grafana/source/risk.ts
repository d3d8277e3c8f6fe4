import type { Dashboard } from './panel.ts';
import { NEWEST_RUN } from './trading.ts';

const USDC = 'currencyUSD';

export const RISK: Dashboard = {
  uid: 'overmind-risk',
  title: 'Risk Management',
  description: 'Exposure, limits, violations, and what was stopped.',
  panels: [
    {
      title: 'Halted',
      help: '1 while nothing may be signed.',
      kind: 'stat',
      width: 3,
      height: 4,
      queries: [{ promql: 'overmind_control_halted_flag' }],
      warnAt: 1,
    },
    {
      title: 'Exposure of its limit',
      help: 'Reserved and held, all markets together.',
      kind: 'stat',
      unit: 'percentunit',
      width: 5,
      height: 4,
      queries: [
        {
          promql:
            '(overmind_exposure_reserved_usdc + overmind_exposure_spent_usdc) / ignoring(limit) overmind_risk_limit_usdc{limit="exposure"}',
        },
      ],
      warnAt: 0.8,
    },
    {
      title: 'Loss of the day of its limit',
      help: 'Open positions included; from 80 % on an alert fires.',
      kind: 'stat',
      unit: 'percentunit',
      width: 5,
      height: 4,
      queries: [
        {
          promql:
            'clamp_min(-overmind_results_today_usdc, 0) / ignoring(limit) overmind_risk_limit_usdc{limit="daily-loss"}',
        },
      ],
      warnAt: 0.8,
    },
    {
      title: 'Differences from the chain',
      help: 'Ledger against chain at the last comparison.',
      kind: 'stat',
      width: 5,
      height: 4,
      queries: [{ promql: 'overmind_reconciliation_differences_number' }],
      warnAt: 1,
    },
    {
      title: 'SOL above the floor',
      help: 'What fees may still use before entries are refused.',
      kind: 'stat',
      width: 6,
      height: 4,
      queries: [{ promql: 'overmind_wallet_balance_sol - overmind_wallet_floor_sol' }],
      warnAt: 0.05,
      below: true,
    },
    {
      title: 'Exposure',
      help: 'Against its limit.',
      kind: 'timeseries',
      unit: USDC,
      width: 12,
      queries: [
        { promql: 'overmind_exposure_reserved_usdc', legend: 'reserved' },
        { promql: 'overmind_exposure_spent_usdc', legend: 'held' },
        { promql: 'overmind_risk_limit_usdc{limit="exposure"}', legend: 'limit' },
      ],
    },
    {
      title: 'Exposure by market',
      help: 'Reserved and held.',
      kind: 'timeseries',
      unit: USDC,
      width: 12,
      queries: [{ promql: 'overmind_exposure_market_usdc', legend: '{{market}}' }],
    },
    {
      title: 'Loss against its limits',
      help: 'A loss is above 0 here.',
      kind: 'timeseries',
      unit: USDC,
      width: 12,
      queries: [
        { promql: '-overmind_results_today_usdc', legend: 'of the day' },
        {
          promql: '-(overmind_results_realised_usdc + overmind_results_unrealised_usdc)',
          legend: 'of the run',
        },
        { promql: 'overmind_risk_limit_usdc{limit=~".*-loss"}', legend: 'limit {{limit}}' },
      ],
    },
    {
      title: 'Risk score',
      help: 'Largest actual ÷ limit over the rules, newest 200 permits.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 12,
      queries: [{ promql: 'overmind_risk_score_ratio', legend: '{{stat}}' }],
      warnAt: 0.9,
    },
    {
      title: 'Violations by rule',
      help: 'Breaches for which risk refused trades, in the last hour.',
      kind: 'bargauge',
      width: 8,
      queries: [
        {
          promql: 'sum by (rule) (increase(overmind_risk_refusals_total[1h])) > 0',
          legend: '{{rule}}',
        },
      ],
    },
    {
      title: 'Refusals of the executor',
      help: 'A minute, by reason.',
      kind: 'timeseries',
      width: 8,
      queries: [
        {
          promql:
            '60 * rate(overmind_execution_events_total{event=~"refused-.*"}[$__rate_interval])',
          legend: '{{event}}',
        },
      ],
    },
    {
      title: 'Unusual figures',
      help: 'Robust deviations from the median of six hours; above 6 an alert fires.',
      kind: 'timeseries',
      width: 8,
      queries: [{ promql: 'overmind:figure:z', legend: '{{figure}}' }],
      warnAt: 6,
    },
    {
      title: 'States of markets',
      help: 'Only active ones take entries.',
      kind: 'table',
      width: 8,
      queries: [{ promql: 'overmind_control_state_flag == 1' }],
    },
    {
      title: 'Wallet',
      help: 'SOL by the ledger; the floor is what must be left.',
      kind: 'timeseries',
      width: 8,
      queries: [
        { promql: 'overmind_wallet_balance_sol', legend: 'SOL' },
        { promql: 'overmind_wallet_floor_sol', legend: 'floor' },
      ],
    },
    {
      title: 'Reconciliations',
      help: 'The newest comparisons of ledger and chain.',
      kind: 'table',
      width: 8,
      queries: [
        {
          sql: `select created_at as "at", slot, jsonb_array_length(differences) as "differences"
from reconciliations where run_id = ${NEWEST_RUN} order by id desc limit 20`,
        },
      ],
    },
    {
      title: 'Newest refused trades',
      help: 'With every breach: the limit and what was found.',
      kind: 'table',
      width: 24,
      height: 9,
      queries: [
        {
          sql: `select t.workflow_id as "trade", t.market, b ->> 'rule' as "rule", b ->> 'limit' as "limit",
  b ->> 'actual' as "actual", t.updated_at as "at"
from trades t, jsonb_array_elements(t.breaches) b
where t.run_id = ${NEWEST_RUN} and t.stage = 'refused' order by t.updated_at desc limit 100`,
        },
      ],
      workflowColumn: 'trade',
    },
    {
      title: 'Halts',
      help: 'Every stop that was ever counted.',
      kind: 'table',
      width: 12,
      queries: [
        {
          sql: `select halted_at as "at", halt_epoch as "epoch", reason, resumed_at as "resumed" from halts
order by halted_at desc limit 50`,
        },
      ],
    },
    {
      title: 'Pauses',
      help: 'Of operators and of the daily loss: exits go on, entries do not.',
      kind: 'table',
      width: 12,
      queries: [
        {
          sql: `select scope, reason, since from reduce_only
union all select 'all', reduce_only_reason, null from control where reduce_only_until_market_ms is not null`,
        },
      ],
    },
  ],
};
