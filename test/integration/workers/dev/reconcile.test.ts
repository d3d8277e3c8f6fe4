import {
  Connection,
  Keypair,
  LAMPORTS_PER_SOL,
  PublicKey,
  sendAndConfirmTransaction,
  SystemProgram,
  Transaction,
} from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChainReader } from '../../../../adapters/chain/chain-reader.ts';
import { callRpc } from '../../../../adapters/chain/json-rpc.ts';
import { createPool, type LedgerPool } from '../../../../adapters/ledger/connect.ts';
import { migrate } from '../../../../adapters/ledger/migrate.ts';
import type { ChainReader } from '../../../../domain/settlement/chain-reader.ts';
import { recordBaseline, openRun } from '../../../../workers/dev/prepare-ledger.ts';
import { reconcileRun } from '../../../../workers/dev/reconcile.ts';
import { startSimnet, type RunningSimnet } from '../../../support/simnet.ts';
import { startTestServers, type TestServers } from '../../../support/servers.ts';

const wallet = Keypair.generate();
const address = wallet.publicKey.toBase58();
const run = { runId: 'r1', limitMs: 30_000 };
let servers: TestServers;
let simnet: RunningSimnet;
let pool: LedgerPool;
let chain: ChainReader;
let signature: string;
let cost: bigint;

beforeAll(async () => {
  [servers, simnet] = await Promise.all([
    startTestServers({ postgres: true }),
    startSimnet({ slotMs: 50 }),
  ]);
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  chain = createChainReader({
    urls: [simnet.url, simnet.url2],
    commitment: 'confirmed',
    wallet: address,
  });
  await callRpc(simnet.url, 'simnet_airdrop', [address, LAMPORTS_PER_SOL]);
  const feed = { kind: 'synthetic', speed: 60 } as const;
  await openRun(pool, { runId: 'r1', feed, mode: 'paper', wallet: address });
  await recordBaseline(pool, 'r1', [{ asset: 'SOL', amount: BigInt(LAMPORTS_PER_SOL) }]);

  const connection = new Connection(simnet.url, {
    commitment: 'finalized',
    wsEndpoint: simnet.wsUrl,
  });
  const transfer = SystemProgram.transfer({
    fromPubkey: wallet.publicKey,
    toPubkey: new PublicKey(Keypair.generate().publicKey),
    lamports: 1_000_000,
  });
  signature = await sendAndConfirmTransaction(connection, new Transaction().add(transfer), [
    wallet,
  ]);
  cost = 1_000_000n + 5_000n;
});

afterAll(async () => {
  await pool?.end();
  await simnet?.stop();
  await servers?.stop();
});

const book = (amount: bigint) =>
  pool.query(
    `insert into ledger_entries (signature, asset, amount, run_id, intent_id)
     values ($1, 'SOL', $2, 'r1', 'i1')
     on conflict (signature, asset) do update set amount = excluded.amount`,
    [signature, String(amount)],
  );

describe('reconciling ledger and chain', () => {
  it('names a transaction that belongs to nothing, and does not agree', async () => {
    expect(await reconcileRun(pool, chain, run)).toEqual({
      walletDelta: { SOL: String(-cost) },
      settlementSum: { SOL: '0' },
      orphans: [signature],
      sumsAgree: false,
    });
  });

  it('does not agree when the ledger is off by one base unit', async () => {
    await book(-cost + 1n);
    expect(await reconcileRun(pool, chain, run)).toMatchObject({ orphans: [], sumsAgree: false });
  });

  it('agrees when both sides say the same', async () => {
    await book(-cost);
    expect(await reconcileRun(pool, chain, run)).toEqual({
      walletDelta: { SOL: String(-cost) },
      settlementSum: { SOL: String(-cost) },
      orphans: [],
      sumsAgree: true,
    });
  });

  it('has no opinion without a baseline', async () => {
    await pool.query("update runs set baseline = null where run_id = 'r1'");
    await expect(reconcileRun(pool, chain, run)).rejects.toMatchObject({ code: 'ledger/conflict' });
  });
});
