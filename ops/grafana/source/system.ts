import type { Dashboard } from './panel.ts';

const pathQuantile = (quantile: number): string =>
  `histogram_quantile(${quantile}, sum by (le) (rate(overmind_execution_path_seconds_bucket{part="permitToWire"}[$__rate_interval])))`;
const publishingQuantile = (quantile: number): string =>
  `histogram_quantile(${quantile}, sum by (le) (rate(overmind_feed_publishing_seconds_bucket[$__rate_interval])))`;

export const SYSTEM: Dashboard = {
  uid: 'overmind-system',
  title: 'System Overview',
  description: 'Whether everything runs, and how fast.',
  panels: [
    {
      title: 'State',
      help: 'The state that holds: active, suspended, reduce-only or halted.',
      kind: 'stat',
      width: 5,
      height: 4,
      queries: [{ promql: 'overmind_control_state_flag{market="all"} == 1', legend: '{{state}}' }],
    },
    {
      title: 'Parts that answer',
      help: '1: answered at the last look, a second ago at most.',
      kind: 'stat',
      width: 10,
      height: 4,
      queries: [{ promql: 'overmind_part_up_flag', legend: '{{part}}' }],
      warnAt: 1,
      below: true,
    },
    {
      title: 'Lease of the executor',
      help: 'How long it may still sign without asking Postgres again.',
      kind: 'stat',
      unit: 's',
      width: 4,
      height: 4,
      queries: [{ promql: 'overmind_execution_lease_seconds' }],
      warnAt: 0.5,
      below: true,
    },
    {
      title: 'Permits without a report',
      help: 'What of the outbox the executor has not reported on.',
      kind: 'stat',
      width: 5,
      height: 4,
      queries: [{ promql: 'overmind_permits_unreported_number' }],
      warnAt: 100,
    },
    {
      title: 'Alerts that fire',
      help: 'What to do stands in docs/alerts.md.',
      kind: 'table',
      width: 12,
      queries: [{ promql: 'sum by (alertname, severity) (ALERTS{alertstate="firing"})' }],
    },
    {
      title: 'Permit to wire',
      help: 'From the permit read by the executor to the last write, without the network.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        { promql: pathQuantile(0.5), legend: 'p50' },
        { promql: pathQuantile(0.99), legend: 'p99' },
      ],
      warnAt: 0.1,
    },
    {
      title: 'Parts of the hot path, p99',
      help: 'Where the time goes.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [{ promql: 'overmind:execution:p99_seconds', legend: '{{part}}' }],
    },
    {
      title: 'Receipt to stream',
      help: 'How long market events take through ingest, the paper pool set in between.',
      kind: 'timeseries',
      unit: 's',
      width: 12,
      queries: [
        { promql: publishingQuantile(0.5), legend: 'p50' },
        { promql: publishingQuantile(0.99), legend: 'p99' },
      ],
      warnAt: 0.1,
    },
    {
      title: 'Throughput',
      help: 'Events, candidates and decisions a second.',
      kind: 'timeseries',
      unit: 'ops',
      width: 12,
      queries: [
        { promql: 'rate(overmind_feed_events_total[$__rate_interval])', legend: 'events' },
        { promql: 'rate(overmind_feed_candidates_total[$__rate_interval])', legend: 'candidates' },
        {
          promql: 'sum(rate(overmind_brain_decisions_total[$__rate_interval]))',
          legend: 'decisions',
        },
      ],
    },
    {
      title: 'Errors by stage',
      help: 'Trades and legs that ended by a fault of ours or of the chain.',
      kind: 'timeseries',
      width: 12,
      queries: [
        { promql: 'increase(overmind_trades_errors_total[$__rate_interval])', legend: '{{stage}}' },
      ],
    },
    {
      title: 'Processors',
      help: 'Share of all processors that did something.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          promql:
            '1 - sum(rate(overmind_system_cpu_seconds_total{mode=~"idle|iowait"}[$__rate_interval])) / sum(rate(overmind_system_cpu_seconds_total[$__rate_interval]))',
          legend: 'busy',
        },
      ],
      warnAt: 0.9,
    },
    {
      title: 'Memory and disk in use',
      help: 'Shares of what the host has.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 8,
      queries: [
        {
          promql: '1 - overmind_system_memory_available_bytes / overmind_system_memory_total_bytes',
          legend: 'memory',
        },
        {
          promql: '1 - overmind_system_disk_available_bytes / overmind_system_disk_total_bytes',
          legend: 'disk',
        },
      ],
      warnAt: 0.9,
    },
    {
      title: 'Network',
      help: 'All interfaces, loopback aside.',
      kind: 'timeseries',
      unit: 'Bps',
      width: 8,
      queries: [
        {
          promql: 'rate(overmind_system_network_bytes_total[$__rate_interval])',
          legend: '{{direction}}',
        },
      ],
    },
    {
      title: 'Requests to the api',
      help: 'By route and status.',
      kind: 'timeseries',
      unit: 'reqps',
      width: 8,
      queries: [
        {
          promql: 'sum by (route, status) (rate(overmind_api_requests_total[$__rate_interval]))',
          legend: '{{route}} {{status}}',
        },
      ],
    },
    {
      title: 'Answers of the api, p99',
      help: 'By route; the metrics page asks every part first.',
      kind: 'timeseries',
      unit: 's',
      width: 8,
      queries: [
        {
          promql:
            'histogram_quantile(0.99, sum by (route, le) (rate(overmind_api_request_seconds_bucket[$__rate_interval])))',
          legend: '{{route}}',
        },
      ],
    },
    {
      title: 'Activities',
      help: 'As Temporal’s SDK counts them in the workers; local ones run in the workflow’s own process.',
      kind: 'timeseries',
      unit: 'ops',
      width: 8,
      queries: [
        {
          promql:
            'sum by (activity_type) (rate(temporal_activity_execution_latency_seconds_count[$__rate_interval]))',
          legend: '{{activity_type}}',
        },
        {
          promql:
            'sum by (activity_type) (rate(temporal_local_activity_execution_latency_seconds_count[$__rate_interval]))',
          legend: '{{activity_type}} (local)',
        },
      ],
    },
    {
      title: 'Failed requests and activities',
      help: 'Shares of the last five minutes; above 5 % an alert fires.',
      kind: 'timeseries',
      unit: 'percentunit',
      width: 12,
      queries: [
        { promql: 'overmind:requests:error_ratio', legend: 'requests' },
        { promql: 'overmind:activities:error_ratio', legend: 'activities' },
      ],
      warnAt: 0.05,
    },
    {
      title: 'What the executor met',
      help: 'Submitted, refused by reason, answers of endpoints.',
      kind: 'timeseries',
      unit: 'ops',
      width: 12,
      queries: [
        { promql: 'rate(overmind_execution_events_total[$__rate_interval])', legend: '{{event}}' },
      ],
    },
  ],
};
