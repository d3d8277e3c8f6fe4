import {
  settlementFromWire,
  type Fill,
  type Settlement,
} from '../../domain/settlement/settlement.ts';
import type { PermitId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { queryRows, type Queryable } from './connect.ts';

type Row = {
  readonly kind: Settlement['kind'];
  readonly signature: string | null;
  readonly slot: string | null;
  readonly error: string | null;
  readonly fill: Wire<Fill> | null;
  readonly deltas: Wire<Settlement>['deltas'];
};

/** The settlement as it was recorded; its deltas are the ledger's own entries. */
export async function readSettlementRow(
  on: Queryable,
  permitId: PermitId,
): Promise<Settlement | undefined> {
  const [row] = await queryRows<Row>(on, 'read settlement', {
    name: 'settlement-read',
    text: `select s.kind, s.signature, s.slot, s.error, s.fill,
        coalesce((select json_agg(json_build_object('asset', asset, 'amount', amount::text)
            order by asset)
          from ledger_entries e where e.permit_id = s.permit_id), '[]') as deltas
      from settlements s where s.permit_id = $1`,
    values: [permitId],
  });
  if (!row) return undefined;
  const { kind, signature, slot, error, fill, deltas } = row;
  return settlementFromWire({
    permitId,
    kind,
    ...(signature === null ? {} : { signature }),
    ...(slot === null ? {} : { slot: Number(slot) }),
    ...(error === null ? {} : { error }),
    ...(fill === null ? {} : { fill }),
    deltas,
  });
}
