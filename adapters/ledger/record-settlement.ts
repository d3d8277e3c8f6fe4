import type { PoolClient } from 'pg';
import { settlementConflict } from '../../domain/settlement/permit-transitions.ts';
import type { TrackedPermit } from '../../domain/settlement/settlement-ledger.ts';
import { fillToWire, type Settlement } from '../../domain/settlement/settlement.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { QuoteUnits } from '../../domain/shared/units.ts';
import { moveExposure, type ExposureChange } from './exposure-rows.ts';
import { lockPermit, type LockedPermit } from './permit-rows.ts';
import { closePosition, openPosition, payAttempt } from './position-rows.ts';
import { readSettlementRow } from './settlement-rows.ts';

export type SettlementRecord = {
  readonly settlement: Settlement;
  readonly tracked: TrackedPermit;
  /** Lamports beyond the swap, in quote units. */
  readonly costs: QuoteUnits;
};

/**
 * Everything that follows from a permit's end, inside the caller's transaction. The permit's row is
 * locked before the exposure, and the exposure before trade and position: approvals take them in
 * the same order.
 */
export async function recordSettlement(
  client: PoolClient,
  record: SettlementRecord,
): Promise<Settlement> {
  const { settlement } = record;
  const permit = await lockPermit(client, settlement.permitId);
  if (!permit) throw conflict(`${settlement.permitId}: no such permit`);
  const stored = await readSettlementRow(client, permit.permitId);
  if (stored) return stored;
  const fault = settlementConflict(
    { ...permit, signature: permit.signature ?? undefined },
    settlement,
  );
  if (fault) throw conflict(`${permit.permitId}: ${fault}`);

  const change = await exposureChangeOf(client, permit, settlement);
  if (change) await moveExposure(client, permit.market, change);
  await insertSettlement(client, permit, record);
  await endPermit(client, settlement);
  if (permit.leg === 'entry') await settleEntry(client, permit, record);
  else await settleExit(client, permit, record);
  return settlement;
}

/** Undefined where nothing moves: an exit that missed still has its position to cover. */
async function exposureChangeOf(
  client: PoolClient,
  { leg, signalId, notional }: LockedPermit,
  { kind }: Settlement,
): Promise<ExposureChange | undefined> {
  if (leg === 'entry') {
    const reserved = BigInt(notional);
    return { reserved: -reserved, spent: kind === 'landed' ? reserved : 0n };
  }
  if (kind !== 'landed') return undefined;
  const { rows } = await client.query<{ notional: string }>({
    name: 'entry-notional',
    text: `select notional from permits
      where signal_id = $1 and leg = 'entry' and status = 'landed'`,
    values: [signalId],
  });
  if (!rows[0]) throw conflict(`${signalId}: an exit landed, but no entry`);
  return { reserved: 0n, spent: -BigInt(rows[0].notional) };
}

async function insertSettlement(
  client: PoolClient,
  { permitId, runId }: LockedPermit,
  { settlement, costs }: SettlementRecord,
): Promise<void> {
  const { kind, signature, slot, error, fill, deltas } = settlement;
  await client.query({
    name: 'settlement-insert',
    text: `insert into settlements (permit_id, kind, signature, slot, error, fill, costs)
      values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      permitId,
      kind,
      signature ?? null,
      slot ?? null,
      error ?? null,
      fill ? JSON.stringify(fillToWire(fill)) : null,
      String(costs),
    ],
  });
  if (deltas.length === 0) return;
  // A signature that another permit or housekeeping has booked already fails here, on the key.
  await client.query({
    name: 'ledger-insert',
    text: `insert into ledger_entries (signature, asset, amount, run_id, permit_id)
      select $1, asset, amount, $4, $5
      from unnest($2::text[], $3::numeric[]) as delta (asset, amount)`,
    values: [
      signature,
      deltas.map(({ asset }) => asset),
      deltas.map(({ amount }) => String(amount)),
      runId,
      permitId,
    ],
  });
}

async function endPermit(
  client: PoolClient,
  { permitId, kind, signature, error }: Settlement,
): Promise<void> {
  await client.query({
    name: 'permit-end',
    text: `update permits set status = $2, signature = coalesce(signature, $3),
        reason = coalesce($4, reason), settled_at = now()
      where permit_id = $1`,
    values: [permitId, kind, signature ?? null, error ?? null],
  });
}

async function settleEntry(
  client: PoolClient,
  { signalId }: LockedPermit,
  { settlement, tracked, costs }: SettlementRecord,
): Promise<void> {
  const { kind, fill, error } = settlement;
  if (kind === 'landed') {
    if (!fill) throw conflict(`${settlement.permitId}: landed without a fill`);
    await openPosition(client, fill, tracked.signal);
    await client.query({
      name: 'trade-managing',
      text: `update trades set stage = 'managing', updated_at = now() where signal_id = $1`,
      values: [signalId],
    });
    return;
  }
  // No position, but a failed transaction has paid its fee: that is the trade's result.
  await client.query({
    name: 'trade-missed',
    text: `update trades set stage = $2, reasons = $3, realised_pnl = nullif(-$4::numeric, 0),
        ended_at = now(), updated_at = now()
      where signal_id = $1`,
    values: [signalId, kind, [error === undefined ? kind : `${kind}: ${error}`], String(costs)],
  });
}

async function settleExit(
  client: PoolClient,
  { signalId }: LockedPermit,
  { settlement, tracked }: SettlementRecord,
): Promise<void> {
  const { kind, fill } = settlement;
  if (kind !== 'landed') {
    await payAttempt(client, signalId);
    return;
  }
  if (!fill) throw conflict(`${settlement.permitId}: landed without a fill`);
  const exitReason = await closePosition(client, fill, tracked.signal);
  await client.query({
    name: 'trade-learning',
    text: `update trades set stage = 'learning', exit_reason = $2, updated_at = now()
      where signal_id = $1`,
    values: [signalId, exitReason],
  });
}

function conflict(fault: string): OvermindError {
  return new OvermindError('ledger/conflict', { operation: 'record settlement', fault });
}
