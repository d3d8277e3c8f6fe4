import type { PoolClient } from 'pg';
import { signalFromWire, type Signal } from '../../domain/decision/signal.ts';
import { decodePermit } from '../../domain/risk/permit-codec.ts';
import type { SealedPermit } from '../../domain/risk/risk-ledger.ts';
import type { PermitStatus, TrackedPermit } from '../../domain/settlement/settlement-ledger.ts';
import type { Leg, MarketId, PermitId, RunId, SignalId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { queryRows, type LedgerPool } from './connect.ts';

export type LockedPermit = {
  readonly permitId: PermitId;
  readonly signalId: SignalId;
  readonly runId: RunId;
  readonly market: MarketId;
  readonly leg: Leg;
  readonly status: PermitStatus;
  readonly signature: string | null;
  /** Reserved by an entry; 0 for an exit. Decimal string. */
  readonly notional: string;
};

/** A permit's row, held until the transaction ends: whoever changes its status has this lock. */
export async function lockPermit(
  client: PoolClient,
  permitId: PermitId,
): Promise<LockedPermit | undefined> {
  const { rows } = await client.query<LockedPermit>({
    name: 'permit-lock',
    text: `select permit_id as "permitId", signal_id as "signalId", run_id as "runId", market, leg,
        status, signature, notional
      from permits where permit_id = $1 for update`,
    values: [permitId],
  });
  return rows[0];
}

type TrackedRow = {
  readonly p: string;
  readonly signal: Wire<Signal>;
  readonly status: PermitStatus;
  readonly signature: string | null;
  readonly last_valid_height: string | null;
  readonly has_report: boolean;
};

export async function readTracked(
  pool: LedgerPool,
  permitIds: readonly PermitId[],
): Promise<readonly TrackedPermit[]> {
  const rows = await queryRows<TrackedRow>(pool, 'read tracked permits', {
    name: 'permits-tracked',
    text: `select p, signal, status, signature, last_valid_height,
        reported_at is not null as has_report
      from permits where permit_id = any($1)`,
    values: [[...permitIds]],
  });
  return rows.map((row) => ({
    permit: decodePermit(row.p),
    signal: signalFromWire(row.signal),
    status: row.status,
    signature: row.signature ?? undefined,
    lastValidHeight: row.last_valid_height === null ? undefined : Number(row.last_valid_height),
    hasReport: row.has_report,
  }));
}

/** More at once than any limit of ours lets live; the oldest are looked at first. */
const LIVE_MAX = 4_096;

/** Permits without an end, oldest first. */
export function readLivePermits(
  pool: LedgerPool,
): Promise<readonly { readonly permitId: PermitId; readonly market: MarketId }[]> {
  return queryRows(pool, 'read live permits', {
    name: 'permits-live',
    text: `select permit_id as "permitId", market from permits
      where status in ('issued', 'submitted', 'uncertain')
      order by created_at, permit_id limit ${LIVE_MAX}`,
  });
}

/** The approver itself publishes within milliseconds; a younger row needs no second copy. */
const SWEPT_AFTER_MS = 300;
const SWEPT_MAX = 1_000;

/** Outbox rows that nobody has reported on and that are not expired, in the order of the stream. */
export function readUnreported(
  pool: LedgerPool,
  nowMs: number,
): Promise<readonly (SealedPermit & { readonly sequence: string })[]> {
  return queryRows(pool, 'read unreported permits', {
    name: 'outbox-unreported',
    text: `select o.seq as sequence, o.p, o.m from permits
      join outbox o using (permit_id)
      where status = 'issued' and reported_at is null and o.valid_until_ms > $1
        and o.created_at < now() - interval '${SWEPT_AFTER_MS} milliseconds'
      order by o.seq limit ${SWEPT_MAX}`,
    values: [Math.floor(nowMs)],
  });
}
