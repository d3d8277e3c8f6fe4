import { queryRows, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import type { PermitBus } from '../../../domain/risk/risk-ledger.ts';
import type { PermitId } from '../../../domain/shared/ids.ts';

export type DispatchActivities = ReturnType<typeof createDispatch>;

/** The plain shape's last step: what approval stored goes out. */
export function createDispatch(pool: LedgerPool, permits: PermitBus, wallet: string) {
  return {
    async dispatch(permitId: PermitId): Promise<void> {
      const [row] = await queryRows<{ sequence: string; p: string; m: string }>(pool, 'dispatch', {
        text: 'select seq as sequence, p, m from outbox where permit_id = $1',
        values: [permitId],
      });
      if (!row) throw new Error(`no outbox row of ${permitId}`);
      await permits.publish(row, wallet);
    },
  };
}
