import type { HaltView, LivePermit, OpenPosition } from '../../domain/control/halt-view.ts';
import type { PermitId, RunId } from '../../domain/shared/ids.ts';
import { wholeNumber } from '../../domain/shared/whole-number.ts';
import { queryRows, type LedgerPool, type Queryable } from './connect.ts';
import { numberOf, optional } from './nullable.ts';

type ViewRow = {
  readonly current_epoch: string;
  readonly halted: boolean;
  readonly flatten_of: string | null;
  readonly halt_epoch: string | null;
  readonly is_lifted: boolean | null;
  readonly live: readonly (Omit<LivePermit, 'signature' | 'lastValidHeight'> & {
    readonly signature: string | null;
    readonly lastValidHeight: number | null;
  })[];
  readonly open: readonly OpenPosition[];
};

/** One halt, what could still land under it and what is still held, all of one moment. */
export async function readHaltView(pool: Queryable, stopId: string): Promise<HaltView> {
  const [row] = await queryRows<ViewRow>(pool, 'read halt', { text: VIEW, values: [stopId] });
  if (!row) throw new Error('the control row is made by the schema and never deleted');
  return {
    haltEpoch: numberOf(row.halt_epoch) ?? undefined,
    isLifted: row.is_lifted ?? false,
    currentEpoch: Number(row.current_epoch),
    halted: row.halted,
    flattenOf: numberOf(row.flatten_of) ?? undefined,
    live: row.live.map(({ signature, lastValidHeight, ...permit }) => ({
      ...permit,
      ...optional('signature', signature),
      ...optional('lastValidHeight', lastValidHeight),
    })),
    open: row.open,
  };
}

const VIEW = `select c.halt_epoch as current_epoch, c.halted, c.flatten_of, h.halt_epoch,
    h.resumed_at is not null as is_lifted,
    coalesce((select json_agg(json_build_object('permitId', permit_id, 'market', market,
        'status', status, 'signature', signature, 'lastValidHeight', last_valid_height)
        order by created_at)
      from permits where status in ('issued', 'submitted', 'uncertain')), '[]') as live,
    coalesce((select json_agg(json_build_object('signalId', signal_id, 'market', market,
        'status', status) order by signal_id)
      from positions where status in ('open', 'exiting')), '[]') as open
  from control c left join halts h on h.stop_id = $1`;

/** Those of the permits whose end is proven. */
export async function readEnded(
  pool: Queryable,
  permitIds: readonly PermitId[],
): Promise<ReadonlySet<PermitId>> {
  const rows = await queryRows<{ permit_id: PermitId }>(pool, 'read ended permits', {
    text: `select permit_id from permits
      where permit_id = any($1) and status in ('refused', 'landed', 'failed', 'expired')`,
    values: [[...permitIds]],
  });
  return new Set(rows.map((row) => row.permit_id));
}

/** Workflows of trades that have not ended, oldest first. */
export async function readOpenTrades(pool: LedgerPool): Promise<readonly string[]> {
  const rows = await queryRows<{ workflow_id: string }>(pool, 'read open trades', {
    text: `select workflow_id from trades t
      where ended_at is null or exists (select 1 from positions p
        where p.signal_id = t.signal_id and p.status in ('open', 'exiting'))
      order by created_at limit ${OPEN_TRADES_MAX}`,
  });
  return rows.map((row) => row.workflow_id);
}

/** Above what any limit of ours lets be open. */
const OPEN_TRADES_MAX = 4_096;

/** Exits of this halt may be approved from now on. False where the halt is another one by now. */
export async function recordFlatten(pool: LedgerPool, haltEpoch: number): Promise<boolean> {
  const rows = await queryRows(pool, 'record flatten', {
    text: `update control set flatten_of = halt_epoch
      where halted and halt_epoch = $1 returning flatten_of`,
    values: [haltEpoch],
  });
  return rows.length > 0;
}

export type FlatBooks = {
  readonly baseline: ReadonlyMap<string, bigint>;
  readonly lastSettledSlot: number;
};

/** What the chain must show again once nothing is held. Undefined before the baseline is stored. */
export async function readFlatBooks(
  pool: LedgerPool,
  runId: RunId,
): Promise<FlatBooks | undefined> {
  const [row] = await queryRows<{
    readonly baseline: Readonly<Record<string, string>> | null;
    readonly last_slot: string;
  }>(pool, 'read flat books', {
    text: `select baseline, (select coalesce(max(slot), 0) from settlements) as last_slot
      from runs where run_id = $1`,
    values: [runId],
  });
  if (!row?.baseline) return undefined;
  const entries = Object.entries(row.baseline);
  return {
    baseline: new Map(
      entries.map(([asset, amount]) => [asset, wholeNumber(amount, `baseline.${asset}`)]),
    ),
    lastSettledSlot: Number(row.last_slot),
  };
}
