import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { wholeNumber } from '../../domain/shared/whole-number.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

/** What trading has come to, for graphs and alerts. Amounts are base units of their asset. */
export type BusinessFigures = {
  readonly costs: string;
  /** Of the newest closed positions; absent where none was closed. */
  readonly winRatio?: number;
  readonly riskScore?: { readonly mean: number; readonly max: number };
  /** Of the newest landed legs, by quantile. */
  readonly slippageBps: Readonly<Record<string, number>>;
  readonly exposureByMarket: Readonly<Record<MarketId, string>>;
  readonly refusalsByRule: Readonly<Record<string, number>>;
  readonly errorsByStage: Readonly<Record<string, number>>;
  readonly unreported: { readonly count: number; readonly oldestMs: number };
  readonly reconciliation?: { readonly differences: number; readonly ageMs: number };
  /** By asset: `SOL` and the quote mint; absent before the baseline was taken. */
  readonly wallet?: Readonly<Record<string, string>>;
};

/** Enough for a steady figure, few enough to be read at each scrape. */
const CLOSED_MAX = 500;
const NEWEST_LEGS_MAX = 200;
const QUANTILES = ['0.5', '0.9', '0.99'] as const;

type Row = {
  readonly costs: string;
  readonly win_ratio: string | null;
  readonly risk_mean: number | null;
  readonly risk_max: number | null;
  readonly slippage: readonly number[] | null;
  readonly exposure: Readonly<Record<string, string>> | null;
  readonly refusals: Readonly<Record<string, number>> | null;
  readonly silent: string;
  readonly failed_trades: string;
  readonly failed_legs: string;
  readonly expired_legs: string;
  readonly unreported: string;
  readonly unreported_ms: string | null;
  readonly differences: number | null;
  readonly reconciled_ms: string | null;
  readonly baseline: Readonly<Record<string, string>> | null;
  readonly deltas: Readonly<Record<string, string>> | null;
};

/** One run's figures in one statement; `quoteMint` names the second asset of the wallet. */
export async function readBusinessFigures(
  on: Queryable,
  { runId, quoteMint }: { readonly runId: RunId; readonly quoteMint: string },
): Promise<BusinessFigures> {
  const [row] = await queryRows<Row>(on, 'read figures', {
    name: 'business-figures',
    text: FIGURES,
    values: [runId, quoteMint],
  });
  if (!row) throw new Error('an aggregate without grouping always has one row');
  const { risk_mean: mean, risk_max: max, differences } = row;
  const reconciledMs = numberOf(row.reconciled_ms);
  const quantiles = QUANTILES.map((quantile, at) => [quantile, row.slippage?.[at]] as const);
  return {
    costs: row.costs,
    ...optional('winRatio', numberOf(row.win_ratio)),
    ...(mean === null || max === null ? {} : { riskScore: { mean, max } }),
    slippageBps: Object.fromEntries(
      quantiles.flatMap(([quantile, bps]) => (bps === undefined ? [] : [[quantile, bps]])),
    ),
    exposureByMarket: row.exposure ?? {},
    refusalsByRule: row.refusals ?? {},
    errorsByStage: {
      analyse: Number(row.silent),
      trade: Number(row.failed_trades),
      execute: Number(row.expired_legs),
      settle: Number(row.failed_legs),
    },
    unreported: { count: Number(row.unreported), oldestMs: Number(row.unreported_ms ?? 0) },
    ...(differences === null || reconciledMs === null
      ? {}
      : { reconciliation: { differences, ageMs: reconciledMs } }),
    ...(row.baseline === null ? {} : { wallet: walletOf(row.baseline, row.deltas, quoteMint) }),
  };
}

function walletOf(
  baseline: Readonly<Record<string, string>>,
  deltas: Readonly<Record<string, string>> | null,
  quoteMint: string,
): Readonly<Record<string, string>> {
  const assets = ['SOL', quoteMint].map((asset): [string, string] => {
    const before = wholeNumber(baseline[asset] ?? '0', `baseline.${asset}`);
    const change = wholeNumber(deltas?.[asset] ?? '0', `deltas.${asset}`);
    return [asset, String(before + change)];
  });
  return Object.fromEntries(assets);
}

const AGE_MS = (since: string): string =>
  `floor(extract(epoch from clock_timestamp() - ${since}) * 1000)::bigint`;

const FIGURES = `with
  scores as (select risk_score from permits where run_id = $1
    order by created_at desc limit ${NEWEST_LEGS_MAX}),
  fills as (select (p.signal ->> 'quotedOut')::numeric as quoted, (s.fill ->> 'amountOut')::numeric as got
    from permits p join settlements s using (permit_id)
    where p.run_id = $1 and s.kind = 'landed' order by s.created_at desc limit ${NEWEST_LEGS_MAX}),
  closed as (select realised_pnl from outcomes where run_id = $1
    order by closed_market_ms desc limit ${CLOSED_MAX}),
  unreported as (select created_at from permits where status = 'issued' and reported_at is null),
  compared as (select jsonb_array_length(differences) as differences, created_at
    from reconciliations where run_id = $1 order by id desc limit 1)
  select
  (select coalesce(sum(s.costs), 0) from settlements s join permits p using (permit_id)
    where p.run_id = $1) as costs,
  (select avg((realised_pnl > 0)::int) from closed) as win_ratio,
  (select avg(risk_score) from scores) as risk_mean,
  (select max(risk_score) from scores) as risk_max,
  (select percentile_cont(array[${QUANTILES.join(', ')}])
    within group (order by ((quoted - got) * 10000 / quoted)::float8)
    from fills where quoted > 0) as slippage,
  (select json_object_agg(scope, (reserved + spent)::text) from exposure
    where scope <> 'total') as exposure,
  (select json_object_agg(rule, n) from (
    select b ->> 'rule' as rule, count(*) as n from trades, jsonb_array_elements(breaches) b
    where run_id = $1 and stage = 'refused' group by 1) r) as refusals,
  (select count(*) from trades where run_id = $1 and 'brain-silent' = any(reasons)) as silent,
  (select count(*) from trades where run_id = $1 and stage = 'failed') as failed_trades,
  (select count(*) from permits where run_id = $1 and status = 'failed') as failed_legs,
  (select count(*) from permits where run_id = $1 and status = 'expired') as expired_legs,
  (select count(*) from unreported) as unreported,
  (select ${AGE_MS('min(created_at)')} from unreported) as unreported_ms,
  (select differences from compared) as differences,
  (select ${AGE_MS('created_at')} from compared) as reconciled_ms,
  (select baseline from runs where run_id = $1) as baseline,
  (select json_object_agg(asset, total::text) from (
    select asset, sum(amount) as total from ledger_entries
    where run_id = $1 and asset in ('SOL', $2) group by asset) d) as deltas`;
