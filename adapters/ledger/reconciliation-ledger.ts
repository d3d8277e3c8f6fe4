import { createHash } from 'node:crypto';
import type { LedgerEntry, Reconciliation } from '../../domain/settlement/reconcile.ts';
import type { ReconciliationLedger } from '../../domain/settlement/reconciliation-ledger.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { queryRows, type LedgerPool } from './connect.ts';

type EntryRow = {
  readonly signature: string;
  readonly asset: string;
  readonly amount: string;
  readonly slot: string | null;
};

/** A year of minutes is no use to anybody. */
const KEPT_MAX = 1_000;

export function createReconciliationLedger(pool: LedgerPool): ReconciliationLedger {
  return {
    async readBooks(runId) {
      const [run] = await queryRows<{ baseline: Readonly<Record<string, string>> | null }>(
        pool,
        'read baseline',
        { text: 'select baseline from runs where run_id = $1', values: [runId] },
      );
      if (!run?.baseline) return undefined;
      const booked = await queryRows<{ signature: string }>(pool, 'read booked signatures', {
        text: 'select distinct signature from ledger_entries',
      });
      return {
        baseline: Object.entries(run.baseline).map(([asset, amount]) => ({
          asset,
          amount: BigInt(amount),
        })),
        entries: await readEntries(pool, runId),
        booked: new Set(booked.map(({ signature }) => signature)),
      };
    },

    async readLive() {
      const rows = await queryRows<{ signature: string | null }>(pool, 'read live signatures', {
        text: `select signature from permits where status in ('issued', 'submitted', 'uncertain')`,
      });
      const known = rows.flatMap(({ signature }) => (signature === null ? [] : [signature]));
      return { signatures: new Set(known), unsigned: rows.length - known.length };
    },

    async recordReconciliation(runId, found) {
      await storeReconciliation(pool, runId, found);
    },
  };
}

export type StoredReconciliation = {
  readonly id: number;
  /** Over run, slot, differences and sums: what operators sign when they resume on it. */
  readonly hash: string;
};

export async function storeReconciliation(
  pool: LedgerPool,
  runId: RunId,
  { slot, differences, settlementSum }: Reconciliation,
): Promise<StoredReconciliation> {
  const sums = Object.fromEntries(
    [...settlementSum]
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([asset, amount]) => [asset, String(amount)]),
  );
  const found = differences.map((one) =>
    one.kind === 'balance' ? { ...one, by: String(one.by) } : one,
  );
  const text = JSON.stringify([runId, slot, found, sums]);
  const hash = createHash('sha256').update(text).digest('hex');
  const [row] = await queryRows<{ id: string }>(pool, 'record reconciliation', {
    text: `insert into reconciliations (run_id, slot, differences, settlement_sum, hash)
      values ($1, $2, $3, $4, $5) returning id`,
    values: [runId, slot, JSON.stringify(found), JSON.stringify(sums), hash],
  });
  await queryRows(pool, 'forget reconciliations', {
    text: `delete from reconciliations where id <= (select max(id) from reconciliations) - $1`,
    values: [KEPT_MAX],
  });
  return { id: Number(row?.id), hash };
}

async function readEntries(pool: LedgerPool, runId: RunId): Promise<readonly LedgerEntry[]> {
  const rows = await queryRows<EntryRow>(pool, 'read ledger entries', {
    text: `select e.signature, e.asset, e.amount::text, s.slot from ledger_entries e
      left join settlements s on s.permit_id = e.permit_id where e.run_id = $1`,
    values: [runId],
  });
  return rows.map(({ signature, asset, amount, slot }) => ({
    signature,
    asset,
    amount: BigInt(amount),
    ...(slot === null ? {} : { slot: Number(slot) }),
  }));
}
