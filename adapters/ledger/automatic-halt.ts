import { queryRows, type LedgerPool } from './connect.ts';

/** Latches a halt once. While halted an automatic trigger changes nothing, and false is the answer. */
export async function recordAutomaticHalt(
  pool: LedgerPool,
  halt: { readonly stopId: string; readonly reason: string },
): Promise<boolean> {
  const rows = await queryRows(pool, 'record halt', {
    text: `update control set halted = true, halt_epoch = halt_epoch + 1, halt_reason = $1,
             stop_id = $2, halted_at = now()
           where not halted returning halt_epoch`,
    values: [halt.reason, halt.stopId],
  });
  return rows.length > 0;
}
