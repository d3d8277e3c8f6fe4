import type { Dashboard } from './panel.ts';

/** The run begun last: what of earlier ones is of interest stands in its own time. */
export const NEWEST_RUN = '(select run_id from runs order by started_at desc limit 1)';
const USDC = 'currencyUSD';

export const TRADING: Dashboard = {
  uid: 'overmind-trading',
  title: 'Trading Performance',
  description: 'Results, positions and executions of the run.',
  panels: [
    {
      title: 'Realised',
      help: 'Result of the run, net of all costs.',
      kind: 'stat',
      unit: USDC,
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_results_realised_usdc' }],
      warnAt: 0,
      below: true,
    },
    {
      title: 'Unrealised',
      help: 'What is held at the newest prices, less all it has cost.',
      kind: 'stat',
      unit: USDC,
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_results_unrealised_usdc' }],
      warnAt: 0,
      below: true,
    },
    {
      title: 'Today',
      help: 'Market day so far, open positions included.',
      kind: 'stat',
      unit: USDC,
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_results_today_usdc' }],
      warnAt: 0,
      below: true,
    },
    {
      title: 'Costs',
      help: 'Fees, tips and rent of the run.',
      kind: 'stat',
      unit: USDC,
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_results_costs_usdc' }],
    },
    {
      title: 'Won',
      help: 'Share of the newest 500 closed positions with a gain.',
      kind: 'stat',
      unit: 'percentunit',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_results_win_ratio' }],
    },
    {
      title: 'Open positions',
      help: 'Held now.',
      kind: 'stat',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_positions_open_number' }],
    },
    {
      title: 'Results over time',
      help: 'As the metrics saw them, by wall time.',
      kind: 'timeseries',
      unit: USDC,
      width: 12,
      queries: [
        { promql: 'overmind_results_realised_usdc', legend: 'realised' },
        {
          promql: 'overmind_results_realised_usdc + overmind_results_unrealised_usdc',
          legend: 'with what is open',
        },
      ],
    },
    {
      title: 'Realised by position',
      help: 'The sum of all outcomes of the newest run, from the ledger.',
      kind: 'timeseries',
      unit: USDC,
      width: 12,
      queries: [
        {
          sql: `select created_at as time, sum(realised_pnl) over (order by created_at, signal_id) / 1e6 as "realised"
from outcomes where run_id = ${NEWEST_RUN} and $__timeFilter(created_at) order by 1`,
          series: true,
        },
      ],
    },
    {
      title: 'USDC of the wallet',
      help: 'By the ledger; what is held in tokens is not in it.',
      kind: 'timeseries',
      unit: USDC,
      width: 24,
      queries: [{ promql: 'overmind_wallet_balance_usdc', legend: 'USDC' }],
    },
    {
      title: 'Executions a minute',
      help: 'Transactions that the executor submitted.',
      kind: 'timeseries',
      width: 8,
      queries: [{ promql: 'overmind:executions:per_minute', legend: 'submitted' }],
    },
    {
      title: 'Slippage',
      help: 'How much worse fills were than their quotes, newest 200 legs.',
      kind: 'timeseries',
      unit: 'none',
      width: 8,
      queries: [{ promql: 'overmind_execution_slippage_bps', legend: 'p{{quantile}} (bps)' }],
    },
    {
      title: 'Permits by status',
      help: 'Both legs.',
      kind: 'bargauge',
      width: 8,
      queries: [{ promql: 'overmind_permits_status_number', legend: '{{status}}' }],
    },
    {
      title: 'Trades by stage',
      help: 'Where the trades of the run are, or how they ended.',
      kind: 'bargauge',
      width: 8,
      queries: [{ promql: 'overmind_trades_stage_number', legend: '{{stage}}' }],
    },
    {
      title: 'Exits',
      help: 'Why positions of the newest run were closed, and what that came to.',
      kind: 'table',
      unit: 'none',
      width: 8,
      queries: [
        {
          sql: `select exit_reason as "exit", exploring, count(*) as "positions", sum(realised_pnl) / 1e6 as "USDC",
  avg(return_bps)::numeric(12, 1) as "mean bps", avg(hold_ms)::bigint / 1000 as "held s"
from outcomes where run_id = ${NEWEST_RUN} group by 1, 2 order by 3 desc`,
        },
      ],
    },
    {
      title: 'By market',
      help: 'Results of the newest run.',
      kind: 'table',
      width: 8,
      queries: [
        {
          sql: `select market, count(*) as "positions", sum(realised_pnl) / 1e6 as "USDC",
  avg((realised_pnl > 0)::int)::numeric(4, 2) as "won"
from outcomes where run_id = ${NEWEST_RUN} group by 1 order by 3`,
        },
      ],
    },
    {
      title: 'Open positions',
      help: 'Quantity in base units of the market’s token.',
      kind: 'table',
      width: 24,
      queries: [
        {
          sql: `select t.workflow_id as "trade", p.market, p.status, p.quantity, p.cost / 1e6 as "cost USDC",
  p.costs_paid / 1e6 as "fees USDC", p.high_water as "highest price", p.opened_at as "opened"
from positions p join trades t using (signal_id) where p.status <> 'closed' order by p.opened_at desc`,
        },
      ],
      workflowColumn: 'trade',
    },
    {
      title: 'Newest closed trades',
      help: 'A row each; the trade opens in the Temporal Web UI.',
      kind: 'table',
      width: 24,
      height: 10,
      queries: [
        {
          sql: `select t.workflow_id as "trade", o.market, o.exit_reason as "exit", o.realised_pnl / 1e6 as "USDC",
  o.return_bps::numeric(12, 1) as "bps", o.hold_ms / 1000 as "held s", o.exploring,
  t.conviction::numeric(4, 2) as "conviction", o.created_at as "closed"
from outcomes o join trades t using (signal_id) where o.run_id = ${NEWEST_RUN} order by o.created_at desc limit 100`,
        },
      ],
      workflowColumn: 'trade',
    },
    {
      title: 'Cost of executions',
      help: 'What each landed leg of the newest run paid and lost to its quote.',
      kind: 'table',
      width: 24,
      height: 10,
      queries: [
        {
          sql: `select t.workflow_id as "trade", p.leg, p.side, (s.fill ->> 'fee')::numeric / 1e9 as "fee SOL",
  (s.fill ->> 'tip')::numeric / 1e9 as "tip SOL", s.costs / 1e6 as "costs USDC",
  (((p.signal ->> 'quotedOut')::numeric - (s.fill ->> 'amountOut')::numeric) * 10000
    / nullif((p.signal ->> 'quotedOut')::numeric, 0))::numeric(12, 2) as "slippage bps",
  ((p.wire_ns - p.read_ns) / 1000)::numeric(12, 1) as "permit to wire us", s.created_at as "settled"
from settlements s join permits p using (permit_id) join trades t using (signal_id)
where p.run_id = ${NEWEST_RUN} and s.kind = 'landed' order by s.created_at desc limit 100`,
        },
      ],
      workflowColumn: 'trade',
    },
  ],
};
