import { queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import type { ChainReader } from '../../domain/settlement/chain-reader.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { pause } from './servers/running-server.ts';

export type Reconciliation = {
  /** Chain balance, finalized, less the baseline. */
  readonly walletDelta: Readonly<Record<string, string>>;
  /** The run's ledger entries. */
  readonly settlementSum: Readonly<Record<string, string>>;
  /** Transactions of the wallet that belong to no permit and no housekeeping. */
  readonly orphans: readonly string[];
  readonly sumsAgree: boolean;
};

const POLL_MS = 200;

/**
 * Ledger against chain, up to a finalized slot that holds everything settled. Each side comes from
 * its own source; nothing is copied from one to the other.
 */
export async function reconcileRun(
  pool: LedgerPool,
  chain: ChainReader,
  { runId, limitMs }: { readonly runId: RunId; readonly limitMs: number },
): Promise<Reconciliation> {
  await untilFinalized(chain, await readLastSlot(pool, runId), limitMs);
  const [baseline, entries, balances, signatures] = await Promise.all([
    readBaseline(pool, runId),
    readEntries(pool, runId),
    chain.readBalances(),
    chain.readWalletSignatures(),
  ]);
  const booked = await readBooked(pool);
  const orphans = signatures.map(({ signature }) => signature).filter((one) => !booked.has(one));

  const delta = new Map<string, bigint>();
  for (const { asset, amount } of balances) add(delta, asset, amount);
  for (const [asset, amount] of Object.entries(baseline)) add(delta, asset, -BigInt(amount));
  const sum = new Map<string, bigint>();
  for (const { asset, amount } of entries) add(sum, asset, BigInt(amount));

  const assets = [...new Set([...delta.keys(), ...sum.keys()])].sort();
  const named = (of: ReadonlyMap<string, bigint>) =>
    Object.fromEntries(assets.map((asset) => [asset, String(of.get(asset) ?? 0n)]));
  const sumsAgree =
    orphans.length === 0 &&
    assets.every((asset) => (delta.get(asset) ?? 0n) === (sum.get(asset) ?? 0n));
  return { walletDelta: named(delta), settlementSum: named(sum), orphans, sumsAgree };
}

function add(to: Map<string, bigint>, asset: string, amount: bigint): void {
  to.set(asset, (to.get(asset) ?? 0n) + amount);
}

async function untilFinalized(chain: ChainReader, slot: number, limitMs: number): Promise<void> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    const heights = await chain.readFinalizedHeight();
    if (heights.length === chain.origins.length && heights.every((one) => one.slot >= slot)) return;
    if (Date.now() > endMs) {
      const fault = `slot ${slot} was not finalized in time`;
      throw new OvermindError('chain/unreachable', { url: '', method: 'reconcile', fault });
    }
    await pause(POLL_MS);
  }
}

async function readLastSlot(pool: LedgerPool, runId: RunId): Promise<number> {
  const [row] = await queryRows<{ slot: string | null }>(pool, 'read last slot', {
    text: `select max(slot) as slot from settlements join permits using (permit_id) where run_id = $1`,
    values: [runId],
  });
  return Number(row?.slot ?? 0);
}

async function readBaseline(
  pool: LedgerPool,
  runId: RunId,
): Promise<Readonly<Record<string, string>>> {
  const [row] = await queryRows<{ baseline: Record<string, string> | null }>(
    pool,
    'read baseline',
    { text: 'select baseline from runs where run_id = $1', values: [runId] },
  );
  if (row?.baseline) return row.baseline;
  const fault = `run ${runId} has no baseline`;
  throw new OvermindError('ledger/conflict', { operation: 'reconcile', fault });
}

/** Of every run: the wallet outlives them. */
async function readBooked(pool: LedgerPool): Promise<ReadonlySet<string>> {
  const text = 'select distinct signature from ledger_entries';
  const rows = await queryRows<{ signature: string }>(pool, 'read booked signatures', { text });
  return new Set(rows.map(({ signature }) => signature));
}

type Entry = { readonly signature: string; readonly asset: string; readonly amount: string };

function readEntries(pool: LedgerPool, runId: RunId): Promise<readonly Entry[]> {
  return queryRows<Entry>(pool, 'read ledger entries', {
    text: 'select signature, asset, amount::text from ledger_entries where run_id = $1',
    values: [runId],
  });
}
