import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@solana/web3.js';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunFile } from '../../workers/dev/run-file.ts';
import { eventually, isAlive, startSystem, type RunningSystem } from './running-system.ts';

const DATA = process.env['OVERMIND_DATA_DIR'] ?? join(import.meta.dirname, '../../../shared/data');
const RECORDING = join(DATA, 'klines/SOLUSDT_perp_1m_MERGED_2025-05-04_2025-06-24.csv.gz');
const FEED = existsSync(RECORDING)
  ? ['--feed', 'replay', '--file', RECORDING]
  : ['--feed', 'synthetic', '--seed', '1'];
if (!existsSync(RECORDING)) console.warn('recorded data is absent: the synthetic feed stands in');

const SETUP_LIMIT_MS = 240_000;
const TRADES_LIMIT_MS = 180_000;
const CLOSED_MIN = 3;

type LedgerRow = {
  readonly signature: string;
  readonly asset: string;
  readonly amount: string;
  readonly permit_id: string | null;
};

type Settled = {
  readonly permit_id: string;
  readonly kind: string;
  readonly signature: string | null;
};

/** The wallet's deltas of one transaction, read with web3.js: code that the ledger does not share. */
async function deltasOnChain(
  connection: Connection,
  signature: string,
  wallet: string,
): Promise<ReadonlyMap<string, bigint>> {
  const transaction = await connection.getTransaction(signature, {
    commitment: 'confirmed',
    maxSupportedTransactionVersion: 0,
  });
  if (!transaction?.meta) throw new Error(`no transaction ${signature} on chain`);
  const { meta } = transaction;
  const index = transaction.transaction.message.staticAccountKeys.findIndex(
    (key) => key.toBase58() === wallet,
  );
  const deltas = new Map<string, bigint>();
  deltas.set('SOL', BigInt(meta.postBalances[index] ?? 0) - BigInt(meta.preBalances[index] ?? 0));
  for (const [sign, balances] of [
    [-1n, meta.preTokenBalances ?? []],
    [1n, meta.postTokenBalances ?? []],
  ] as const) {
    for (const { owner, mint, uiTokenAmount } of balances) {
      if (owner !== wallet) continue;
      deltas.set(mint, (deltas.get(mint) ?? 0n) + sign * BigInt(uiTokenAmount.amount));
    }
  }
  return new Map([...deltas].filter(([, amount]) => amount !== 0n));
}

describe('the whole stack', () => {
  let system: RunningSystem;
  let run: RunFile;
  let pool: pg.Pool;

  beforeAll(async () => {
    system = startSystem([...FEED, '--bars', '3000', '--speed', '600']);
    run = await eventually(system, 'all processes are up', SETUP_LIMIT_MS, () => {
      const file = system.readRunFile();
      return file?.processes['ingest'] ? file : undefined;
    });
    pool = new pg.Pool({ connectionString: run.addresses['postgres'], max: 2 });
    // The servers end before this pool does; that is expected here.
    pool.on('error', () => undefined);
  });

  afterAll(async () => {
    if (pool && !pool.ended) await pool.end();
    if (system?.child.exitCode === null) {
      system.child.kill('SIGTERM');
      await system.ended;
    }
    system?.remove();
  });

  it('takes market data to settled, managed and closed trades', async () => {
    const closed = await eventually(
      system,
      `${CLOSED_MIN} closed trades`,
      TRADES_LIMIT_MS,
      async () => {
        const { rows } = await pool.query<{ n: string }>(
          "select count(*) as n from outcomes o join positions p using (signal_id) where p.status = 'closed'",
        );
        const n = Number(rows[0]?.n);
        return n >= CLOSED_MIN ? n : undefined;
      },
    );
    expect(closed).toBeGreaterThanOrEqual(CLOSED_MIN);
  });

  it('writes to the ledger what the chain says, row by row', async () => {
    const { rows: entries } = await pool.query<LedgerRow>(
      'select signature, asset, amount::text, permit_id from ledger_entries',
    );
    const { rows: settled } = await pool.query<Settled>(
      'select permit_id, kind, signature from settlements',
    );
    const { rows: runs } = await pool.query<{ wallet: string }>('select wallet from runs');
    const wallet = runs[0]?.wallet ?? '';
    const connection = new Connection(run.addresses['simnet'] ?? '', 'confirmed');

    expect(entries.length).toBeGreaterThanOrEqual(CLOSED_MIN * 2);
    const bySignature = new Map<string, LedgerRow[]>();
    for (const row of entries) {
      bySignature.set(row.signature, [...(bySignature.get(row.signature) ?? []), row]);
    }
    for (const [signature, rows] of bySignature) {
      const booked = new Map(
        rows
          .filter(({ amount }) => amount !== '0')
          .map(({ asset, amount }) => [asset, BigInt(amount)]),
      );
      expect(booked, signature).toEqual(await deltasOnChain(connection, signature, wallet));
    }
    const landed = settled.filter(({ kind }) => kind === 'landed');
    expect(new Set(landed.map(({ signature }) => signature)).size).toBe(landed.length);
    for (const { signature } of landed) expect(bySignature.has(signature ?? '')).toBe(true);
  });

  it('stops everything it started, and nothing is left running', async () => {
    const pids = Object.values(system.readRunFile()?.processes ?? {}).map(({ pid }) => pid);
    expect(pids.length).toBeGreaterThanOrEqual(6);
    await pool.end();
    system.child.kill('SIGINT');
    expect(await system.ended).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

describe('a run with --exit', () => {
  it(
    'closes what is open, reconciles to the base unit and prints the summary',
    async () => {
      const system = startSystem([...FEED, '--bars', '2600', '--speed', 'max', '--exit']);
      const code = await system.ended;
      const summary = JSON.parse(system.printed().trimEnd().split('\n').at(-1) ?? '{}');
      system.remove();

      expect(summary).toMatchObject({ sumsAgree: true, unknown: 0, open: 0 });
      expect(summary.walletDelta).toEqual(summary.settlementSum);
      expect(summary.closed).toBeGreaterThan(0);
      const refusedTrades = summary.candidates - summary.declined - summary.trades;
      expect(refusedTrades).toBeGreaterThanOrEqual(0);
      expect(code).toBe(0);
    },
    SETUP_LIMIT_MS + TRADES_LIMIT_MS,
  );
});
