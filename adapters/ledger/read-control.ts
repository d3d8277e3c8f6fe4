import type { ExecutorLease } from '../../domain/control/fencing.ts';
import type { ReduceOnly } from '../../domain/control/system-state.ts';
import { queryRows, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

export type ControlState = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  /** Of the latest halt. */
  readonly stopId?: string;
  readonly reason?: string;
  readonly haltedAtMs?: number;
  readonly reduceOnlyUntilMarketMs?: number;
  readonly reduceOnlyReason?: string;
  /** Of operators, by scope. */
  readonly reduceOnly: readonly ReduceOnly[];
  readonly leases: readonly ExecutorLease[];
};

type Row = {
  readonly executor_epoch: string;
  readonly halt_epoch: string;
  readonly halted: boolean;
  readonly stop_id: string | null;
  readonly halt_reason: string | null;
  readonly halted_at_ms: string | null;
  readonly reduce_only_until_market_ms: string | null;
  readonly reduce_only_reason: string | null;
  readonly reduce_only: readonly ReduceOnly[];
  readonly leases: readonly ExecutorLease[];
};

/** What the operator reads: epochs, halt, reduce-only, and the lease of each executor. */
export async function readControlState(pool: Queryable): Promise<ControlState> {
  const [row] = await queryRows<Row>(pool, 'read control state', { text: CONTROL });
  if (!row) throw new Error('the control row is made by the schema and never deleted');
  return {
    executorEpoch: Number(row.executor_epoch),
    haltEpoch: Number(row.halt_epoch),
    halted: row.halted,
    ...optional('stopId', row.stop_id),
    ...optional('reason', row.halt_reason),
    ...optional('haltedAtMs', numberOf(row.halted_at_ms)),
    ...optional('reduceOnlyUntilMarketMs', numberOf(row.reduce_only_until_market_ms)),
    ...optional('reduceOnlyReason', row.reduce_only_reason),
    reduceOnly: row.reduce_only,
    leases: row.leases,
  };
}

const CONTROL = `select executor_epoch, halt_epoch, halted, stop_id, halt_reason,
    floor(extract(epoch from halted_at) * 1000)::bigint as halted_at_ms,
    reduce_only_until_market_ms, reduce_only_reason,
    coalesce((select json_agg(json_build_object('scope', scope, 'reason', reason) order by scope)
      from reduce_only), '[]') as reduce_only,
    coalesce((select json_agg(json_build_object('wallet', wallet,
      'executorEpoch', executor_epoch, 'fencedHaltEpoch', fenced_halt_epoch, 'endsInMs',
      greatest(0, ceil(extract(epoch from expires_at - clock_timestamp()) * 1000))::bigint)
      order by wallet) from executor_lease), '[]') as leases
  from control`;
