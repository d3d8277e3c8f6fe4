import type { PoolClient } from 'pg';
import type { ExecutionReport } from '../../domain/execution/execution-report.ts';
import { afterReport } from '../../domain/settlement/permit-transitions.ts';
import type { PermitStatus, RecordedReport } from '../../domain/settlement/settlement-ledger.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { moveExposure } from './exposure-rows.ts';
import { lockPermit, type LockedPermit } from './permit-rows.ts';

/** Takes a report into the permit's row, inside the caller's transaction. */
export async function recordReport(
  client: PoolClient,
  report: ExecutionReport,
): Promise<RecordedReport | undefined> {
  const permit = await lockPermit(client, report.permitId);
  if (!permit) return undefined;
  const { permitId, signalId, market, leg } = permit;
  const after = afterReport({ ...permit, signature: permit.signature ?? undefined }, report);
  if ('conflict' in after) throw conflict(`${permitId}: ${after.conflict}`);
  const { status, frees } = after;
  const signature = after.signature ?? null;
  const changed = status !== permit.status || signature !== permit.signature;

  if (frees) await freeRefused(client, permit, report);
  await writeReport(client, { report, status, signature });
  return { permitId, signalId, market, leg, status, changed };
}

async function freeRefused(
  client: PoolClient,
  { signalId, market, leg, notional }: LockedPermit,
  { reason }: ExecutionReport,
): Promise<void> {
  // A refused exit leaves the trade open: its workflow asks again.
  if (leg === 'exit') return;
  await moveExposure(client, market, { reserved: -BigInt(notional), spent: 0n });
  await client.query({
    name: 'trade-refused',
    text: `update trades set stage = 'refused', reasons = $2, ended_at = now(), updated_at = now()
      where signal_id = $1`,
    values: [signalId, [`executor: ${reason ?? 'no reason given'}`]],
  });
}

type Written = {
  readonly report: ExecutionReport;
  readonly status: PermitStatus;
  readonly signature: string | null;
};

/** Times are kept also when the settlement came first: latencies are counted from them. */
async function writeReport(client: PoolClient, { report, status, signature }: Written) {
  await client.query({
    name: 'permit-report',
    text: `update permits set status = $2, signature = $3,
        reason = case when $2 = 'refused' then coalesce(reason, $4) else reason end,
        last_valid_height = coalesce(last_valid_height, $5),
        published_ns = coalesce(published_ns, $6), read_ns = coalesce(read_ns, $7),
        wire_ns = coalesce(wire_ns, $8),
        reported_at = coalesce(reported_at, to_timestamp($9::double precision / 1000))
      where permit_id = $1`,
    values: [
      report.permitId,
      status,
      signature,
      report.reason ?? null,
      report.lastValidHeight ?? null,
      report.publishedNs ?? null,
      report.readNs ?? null,
      report.wireNs ?? null,
      report.reportedAtMs,
    ],
  });
}

function conflict(fault: string): OvermindError {
  return new OvermindError('ledger/conflict', { operation: 'record report', fault });
}
