import { queryRows, type Queryable } from './connect.ts';
import type { RunId } from '../../domain/shared/ids.ts';

/** What became of a run's candidates and permits. */
export type RunCounts = {
  readonly candidates: number;
  /** Candidates whose trade has not ended and has no permit yet. */
  readonly pending: number;
  readonly declined: number;
  /** Trades that risk refused, each under every breach; the executor's refusals under their reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Entries that got a permit. */
  readonly trades: number;
  /** Of both legs. */
  readonly permits: number;
  readonly landed: number;
  readonly failed: number;
  readonly expired: number;
  /** Permits without a proven end. */
  readonly unknown: number;
  readonly closed: number;
  /** Closed positions whose outcome is not stored yet. */
  readonly learning: number;
  readonly open: number;
  readonly exploring: number;
  /** Net of all costs, base units of the quote mint. */
  readonly realisedPnl: string;
};

type Row = {
  readonly [Key in Exclude<keyof RunCounts, 'refused' | 'realisedPnl'>]: string;
} & { readonly refused: Readonly<Record<string, number>> | null; readonly realisedPnl: string };

export async function readRunCounts(on: Queryable, runId: RunId): Promise<RunCounts> {
  const [row] = await queryRows<Row>(on, 'read run counts', {
    name: 'run-counts',
    text: COUNTS,
    values: [runId],
  });
  if (!row) throw new Error('an aggregate always has a row');
  const { refused, realisedPnl, ...counts } = row;
  return {
    ...mapNumbers(counts),
    refused: refused ?? {},
    realisedPnl,
  };
}

function mapNumbers<Key extends string>(
  counts: Readonly<Record<Key, string>>,
): Readonly<Record<Key, number>> {
  // The keys are the argument's own.
  return Object.fromEntries(
    Object.entries<string>(counts).map(([key, text]) => [key, Number(text)]),
  ) as Record<Key, number>;
}

const COUNTS = `with mine as (
    select t.signal_id, t.stage, t.ended_at, t.breaches, t.exploring, t.realised_pnl,
      exists (select 1 from permits p where p.signal_id = t.signal_id) as permitted
    from trades t where t.run_id = $1),
  legs as (select status, reason, leg from permits where run_id = $1),
  breaches as (
    select b ->> 'rule' as rule from mine, jsonb_array_elements(breaches) b where stage = 'refused'
    union all
    select reason from legs where status = 'refused')
  select
    (select count(*) from mine) as "candidates",
    (select count(*) from mine where ended_at is null and not permitted) as "pending",
    (select count(*) from mine where ended_at is not null and not permitted
      and stage <> 'refused') as "declined",
    (select json_object_agg(rule, n) from (
      select coalesce(rule, 'unknown') as rule, count(*) as n from breaches group by 1) r) as "refused",
    (select count(*) from mine where permitted) as "trades",
    (select count(*) from legs) as "permits",
    (select count(*) from legs where status = 'landed') as "landed",
    (select count(*) from legs where status = 'failed') as "failed",
    (select count(*) from legs where status = 'expired') as "expired",
    (select count(*) from legs where status in ('issued', 'submitted', 'uncertain')) as "unknown",
    (select count(*) from positions where run_id = $1 and status = 'closed') as "closed",
    (select count(*) from positions p where run_id = $1 and status = 'closed'
      and not exists (select 1 from outcomes o where o.signal_id = p.signal_id)) as "learning",
    (select count(*) from positions where run_id = $1 and status <> 'closed') as "open",
    (select count(*) from mine where permitted and exploring) as "exploring",
    (select coalesce(sum(realised_pnl), 0)::text from mine) as "realisedPnl"`;
