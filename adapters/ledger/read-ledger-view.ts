import type { Signal } from '../../domain/decision/signal.ts';
import type { HeldPosition, LedgerView, LiveEntry } from '../../domain/risk/risk-view.ts';
import { quoteUnits, tokenUnits } from '../../domain/shared/units.ts';
import { wholeNumber } from '../../domain/shared/whole-number.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import type { Queryable } from './connect.ts';

const DAY_MS = 86_400_000;
/** One more than the backlog rule lets pass; a longer queue need not be counted. */
const BACKLOG_COUNTED_MAX = 1_001;

type Row = {
  readonly executor_epoch: string;
  readonly halt_epoch: string;
  readonly halted: boolean;
  readonly flatten_of: string | null;
  readonly reduce_only_until: string | null;
  readonly reduce_only_by: string | null;
  readonly lease_epoch: string | null;
  readonly run_state: string | null;
  readonly baseline: Readonly<Record<string, string>> | null;
  readonly backlog: string;
  readonly committed: string;
  readonly committed_in_market: string | null;
  readonly positions: readonly Wire<HeldPosition>[] | null;
  readonly live_entries: readonly Wire<LiveEntry>[] | null;
  readonly live_permits: string;
  readonly is_moment_taken: boolean;
  readonly last_attempt: number | null;
  readonly has_live_attempt: boolean;
  readonly has_landed_attempt: boolean;
  readonly realised_today: string;
  readonly realised_in_run: string;
  readonly last_exit_ms: string | null;
  readonly deltas: Readonly<Record<string, string>> | null;
};

export type ViewRequest = {
  readonly signal: Signal;
  readonly wallet: string;
  readonly quoteMint: string;
  readonly nowMs: number;
};

/** Everything the rules ask of the ledger, in one statement. Exact only under the approval's lock. */
export async function readLedgerView(on: Queryable, request: ViewRequest): Promise<LedgerView> {
  const { signal, wallet, quoteMint, nowMs } = request;
  const { rows } = await on.query<Row>({
    name: 'ledger-view',
    text: VIEW,
    values: [
      signal.runId,
      wallet,
      signal.market,
      signal.signalId,
      signal.leg,
      Math.floor(signal.marketTimeMs),
      Math.floor(nowMs),
      Math.floor(signal.marketTimeMs / DAY_MS) * DAY_MS,
      quoteMint,
    ],
  });
  const row = rows[0];
  if (!row) throw new Error('the control row is missing: the schema was not applied');
  return viewOf(row, quoteMint);
}

function viewOf(row: Row, quoteMint: string): LedgerView {
  const { baseline, deltas } = row;
  const balanceOf = (asset: string): bigint | undefined =>
    baseline === null
      ? undefined
      : wholeNumber(baseline[asset] ?? '0', `baseline.${asset}`) +
        wholeNumber(deltas?.[asset] ?? '0', `deltas.${asset}`);
  const quoteBalance = balanceOf(quoteMint);
  return {
    executorEpoch: Number(row.executor_epoch),
    haltEpoch: Number(row.halt_epoch),
    halted: row.halted,
    flattenOf: optionalNumber(row.flatten_of),
    reduceOnlyUntilMs: optionalNumber(row.reduce_only_until),
    reduceOnlyBy: row.reduce_only_by ?? undefined,
    leaseEpoch: optionalNumber(row.lease_epoch),
    runState: row.run_state ?? undefined,
    backlog: Number(row.backlog),
    committed: quoteUnits(wholeNumber(row.committed, 'exposure.total')),
    committedInMarket: quoteUnits(wholeNumber(row.committed_in_market ?? '0', 'exposure.market')),
    positions: (row.positions ?? []).map((held) => ({
      ...held,
      quantity: tokenUnits(wholeNumber(held.quantity, 'position.quantity')),
      cost: quoteUnits(wholeNumber(held.cost, 'position.cost')),
      costsPaid: quoteUnits(wholeNumber(held.costsPaid, 'position.costsPaid')),
    })),
    liveEntries: (row.live_entries ?? []).map((entry) => ({
      ...entry,
      notional: quoteUnits(wholeNumber(entry.notional, 'permit.notional')),
    })),
    livePermits: Number(row.live_permits),
    isSameMomentTaken: row.is_moment_taken,
    lastAttempt: row.last_attempt ?? 0,
    hasLiveAttempt: row.has_live_attempt,
    hasLandedAttempt: row.has_landed_attempt,
    realisedToday: quoteUnits(wholeNumber(row.realised_today, 'realised.today')),
    realisedInRun: quoteUnits(wholeNumber(row.realised_in_run, 'realised.run')),
    lastExitMarketMs: optionalNumber(row.last_exit_ms),
    lamports: balanceOf('SOL'),
    quoteBalance: quoteBalance === undefined ? undefined : quoteUnits(quoteBalance),
  };
}

const optionalNumber = (text: string | null): number | undefined =>
  text === null ? undefined : Number(text);

const LIVE = "status in ('issued', 'submitted', 'uncertain')";

/** The lease is compared with the clock, not with `now()`: that stands still while we wait for the lock. */
const VIEW = `select c.executor_epoch, c.halt_epoch, c.halted,
  c.flatten_of, c.reduce_only_until_market_ms as reduce_only_until,
  (select reason from reduce_only where scope in ('all', $3) limit 1) as reduce_only_by,
  (select l.executor_epoch from executor_lease l
    where l.wallet = $2 and l.expires_at > clock_timestamp()) as lease_epoch,
  r.state as run_state, r.baseline,
  (select count(*) from (select 1 from permits
    where status = 'issued' and valid_until_ms > $7 limit ${BACKLOG_COUNTED_MAX}) b) as backlog,
  (select reserved + spent from exposure where scope = 'total') as committed,
  (select reserved + spent from exposure where scope = $3) as committed_in_market,
  (select json_agg(json_build_object('signalId', signal_id, 'market', market,
      'quantity', quantity::text, 'cost', cost::text, 'costsPaid', costs_paid::text))
    from positions where status in ('open', 'exiting')) as positions,
  (select json_agg(json_build_object('signalId', signal_id, 'market', market,
      'notional', notional::text))
    from permits where leg = 'entry' and ${LIVE}) as live_entries,
  (select count(*) from permits where ${LIVE}) as live_permits,
  exists (select 1 from permits p where p.run_id = $1 and p.market = $3 and p.leg = 'entry'
    and p.signal_id <> $4 and (p.signal ->> 'marketTimeMs')::numeric = $6) as is_moment_taken,
  (select max(attempt) from permits where signal_id = $4 and leg = $5) as last_attempt,
  exists (select 1 from permits where signal_id = $4 and leg = $5 and ${LIVE}) as has_live_attempt,
  exists (select 1 from permits where signal_id = $4 and leg = $5 and status = 'landed')
    as has_landed_attempt,
  realised.today as realised_today, realised.in_run as realised_in_run,
  (select max(closed_market_ms) from positions
    where run_id = $1 and market = $3 and status = 'closed') as last_exit_ms,
  (select json_object_agg(asset, total::text) from (
    select asset, sum(amount) as total from ledger_entries
    where run_id = $1 and asset in ('SOL', $9) group by asset) s) as deltas
  from control c
  left join runs r on r.run_id = $1
  cross join lateral (
    select coalesce(sum(t.realised_pnl), 0) as in_run,
      coalesce(sum(t.realised_pnl) filter
        (where coalesce(p.closed_market_ms, t.market_time_ms) >= $8), 0) as today
    from trades t left join positions p on p.signal_id = t.signal_id
    where t.run_id = $1 and t.realised_pnl is not null) realised`;
