import type { PoolClient } from 'pg';
import type { ResumeRequest } from '../../domain/control/resume-statement.ts';
import { inTransaction, type LedgerPool } from './connect.ts';

/** An operator's signature with the key that it was checked with. */
export type ProvenSignature = {
  readonly operator: string;
  readonly publicKey: string;
  readonly signature: string;
};

/**
 * Lifts the latch under the next halt epoch and keeps the proof. Answers with what speaks against
 * it, or undefined. A repeat of a request that was recorded changes nothing.
 */
export function recordResume(
  pool: LedgerPool,
  request: Omit<ResumeRequest, 'signatures'> & { readonly signatures: readonly ProvenSignature[] },
): Promise<string | undefined> {
  const { haltEpoch, reconciliationId, reconciliationHash, configHash, reason } = request;
  return inTransaction(pool, 'record resume', async (client) => {
    const refusal = await refusalOf(client, request);
    if (refusal !== undefined) return refusal === 'recorded' ? undefined : refusal;
    await client.query(
      `insert into resumes (halt_epoch, stop_id, reconciliation_id, reconciliation_hash,
         config_hash, reason, signatures)
       select $1, coalesce(stop_id, ''), $2, $3, $4, $5, $6 from control`,
      [
        ...[haltEpoch, reconciliationId, reconciliationHash, configHash, reason],
        JSON.stringify(request.signatures),
      ],
    );
    await client.query('update halts set resumed_at = now() where resumed_at is null');
    await client.query(
      'update control set halted = false, halt_epoch = halt_epoch + 1, flatten_of = null',
    );
    return undefined;
  });
}

type Row = {
  readonly halted: boolean;
  readonly halt_epoch: string;
  readonly is_recorded: boolean;
  readonly live: string;
  readonly is_clean: boolean;
};

async function refusalOf(
  client: PoolClient,
  { haltEpoch, reconciliationId, reconciliationHash }: ResumeRequest,
): Promise<string | undefined> {
  // Locked first and alone: what is read beside a lock is read before it is granted.
  await client.query('select 1 from control for update');
  const { rows } = await client.query<Row>(CHECKS, [
    haltEpoch,
    reconciliationId,
    reconciliationHash,
  ]);
  const [row] = rows;
  if (!row) throw new Error('the control row is made by the schema and never deleted');
  const storedEpoch = Number(row.halt_epoch);
  if (!row.halted && row.is_recorded && storedEpoch === haltEpoch + 1) return 'recorded';
  if (!row.halted) return 'Postgres is not halted';
  if (storedEpoch !== haltEpoch) return `Postgres is at halt epoch ${storedEpoch}`;
  if (Number(row.live) > 0) return `not quiesced: ${row.live} permits have no proven end`;
  if (!row.is_clean) return 'the reconciliation is not clean, or older than what it must cover';
  return undefined;
}

/** Clean, of this halt, and beyond the last slot in which anything of ours landed. */
const CHECKS = `select halted, halt_epoch,
  exists (select 1 from resumes where halt_epoch = $1) as is_recorded,
  (select count(*) from permits where status in ('issued', 'submitted', 'uncertain')) as live,
  exists (select 1 from reconciliations r where r.id = $2 and r.hash = $3
    and r.differences = '[]' and r.created_at > c.halted_at
    and r.slot >= (select coalesce(max(slot), 0) from settlements)) as is_clean
  from control c`;
