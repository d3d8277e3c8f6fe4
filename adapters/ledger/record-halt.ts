import type { PoolClient } from 'pg';
import { inTransaction, type LedgerPool } from './connect.ts';

export type CountedHalt = {
  readonly haltEpoch: number;
  /** False where the stop is an old one that a resume has lifted: it halts nothing any more. */
  readonly halted: boolean;
};

type ControlRow = { readonly halt_epoch: string; readonly halted: boolean };

/**
 * Latches a halt and raises the epoch once, whichever store heard of it first: for a stop id that is
 * there already only a higher epoch counts. `haltEpoch` is what the executor counted, or 0.
 */
export function recordHalt(
  pool: LedgerPool,
  halt: { readonly stopId: string; readonly reason: string; readonly haltEpoch: number },
): Promise<CountedHalt> {
  return inTransaction(pool, 'record halt', async (client) => {
    const control = await lockControl(client);
    const counted = Number(control.halt_epoch);
    const { rows } = await client.query<{ resumed: boolean }>(
      'select resumed_at is not null as resumed from halts where stop_id = $1',
      [halt.stopId],
    );
    const [known] = rows;
    if (known?.resumed) return { haltEpoch: counted, halted: control.halted };
    if (known && control.halted && counted >= halt.haltEpoch) {
      return { haltEpoch: counted, halted: true };
    }
    // The executor may have counted this stop already; Postgres may be behind it or ahead.
    const haltEpoch = Math.max(halt.haltEpoch, known ? counted : counted + 1);
    await latch(client, { ...halt, haltEpoch });
    return { haltEpoch, halted: true };
  });
}

/**
 * Latches a halt that no person asked for. While halted an automatic trigger changes nothing, and
 * false is the answer. The cause may come again after a resume: so its stop id ends in the epoch.
 */
export function recordAutomaticHalt(
  pool: LedgerPool,
  { cause, reason }: { readonly cause: string; readonly reason: string },
): Promise<boolean> {
  return inTransaction(pool, 'record halt', async (client) => {
    const control = await lockControl(client);
    if (control.halted) return false;
    const haltEpoch = Number(control.halt_epoch) + 1;
    await latch(client, { stopId: `${cause}/${haltEpoch}`, reason, haltEpoch });
    return true;
  });
}

async function lockControl(client: PoolClient): Promise<ControlRow> {
  const { rows } = await client.query<ControlRow>(
    'select halt_epoch, halted from control for update',
  );
  const [row] = rows;
  if (!row) throw new Error('the control row is made by the schema and never deleted');
  return row;
}

async function latch(
  client: PoolClient,
  halt: { readonly stopId: string; readonly reason: string; readonly haltEpoch: number },
): Promise<void> {
  const values = [halt.stopId, halt.haltEpoch, halt.reason];
  await client.query(
    `insert into halts (stop_id, halt_epoch, reason) values ($1, $2, $3)
     on conflict (stop_id) do update set halt_epoch = excluded.halt_epoch`,
    values,
  );
  await client.query(
    `update control set halted = true, stop_id = $1, halt_epoch = $2, halt_reason = $3,
       halted_at = case when halted and stop_id = $1 then halted_at else now() end`,
    values,
  );
}
