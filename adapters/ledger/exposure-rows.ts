import type { PoolClient } from 'pg';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

export type ExposureChange = { readonly reserved: bigint; readonly spent: bigint };

/**
 * Moves what a permit reserved, in the total and in its market. The caller holds the permit's row,
 * so that it happens once. Total first, as in an approval: two in another order could deadlock.
 */
export async function moveExposure(
  client: PoolClient,
  market: MarketId,
  { reserved, spent }: ExposureChange,
): Promise<void> {
  for (const scope of ['total', market]) {
    // Below zero the table's own check fails: more was freed than taken, which is a bug to be seen.
    const { rowCount } = await client.query({
      name: 'exposure-move',
      text: `update exposure set reserved = reserved + $2, spent = spent + $3 where scope = $1`,
      values: [scope, String(reserved), String(spent)],
    });
    if (rowCount === 1) continue;
    const fault = `no exposure row ${scope}`;
    throw new OvermindError('ledger/conflict', { operation: 'move exposure', fault });
  }
}
