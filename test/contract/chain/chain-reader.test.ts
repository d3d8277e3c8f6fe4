import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Keypair, type Connection } from '@solana/web3.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { assertPaperCluster } from '../../../adapters/chain/assert-paper-cluster.ts';
import { createChainReader } from '../../../adapters/chain/chain-reader.ts';
import { PUBLIC_GENESIS_HASHES } from '../../../adapters/chain/genesis.ts';
import type { ChainReader } from '../../../domain/settlement/chain-reader.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import {
  budget,
  connectTo,
  fundedWallet,
  landed,
  nextSlot,
  rpc,
  signedV0,
  transfer,
} from '../simnet/client.ts';
import { aPool, swapInstruction } from '../simnet/paper-market.ts';

const WRAPPED_SOL = 'So11111111111111111111111111111111111111112';

describe('the chain reader on simnet', () => {
  let simnet: RunningSimnet;
  let connection: Connection;
  let wallet: Keypair;
  let reader: ChainReader;

  beforeAll(async () => {
    simnet = await startSimnet({ slotMs: 20 });
    connection = connectTo(simnet);
    wallet = await fundedWallet(simnet.url);
    reader = createChainReader({
      urls: [simnet.url, simnet.url2],
      commitment: 'confirmed',
      wallet: wallet.publicKey.toBase58(),
    });
  });
  afterAll(() => simnet.stop());

  const send = async (...instructions: Parameters<typeof signedV0>[2]): Promise<string> => {
    const transaction = await signedV0(connection, wallet, instructions);
    const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
    await landed(simnet.url, signature);
    return signature;
  };

  it('asks every origin for the finalized height and one for the confirmed', async () => {
    const finalized = await reader.readFinalizedHeight();
    expect(finalized.map(({ origin }) => origin)).toEqual(reader.origins);
    const { slot, height } = await reader.readHeight();
    expect(slot - height).toBe(1_000);
    for (const one of finalized) expect(one.height).toBeLessThan(height);
  });

  it('shows a signature only where it landed, with its error', async () => {
    const to = Keypair.generate().publicKey;
    const [good, bad] = [
      await send(transfer(wallet, to, 1_000_000)),
      await send(transfer(wallet, to, 10n ** 15n)),
    ];
    const absent = await signedV0(connection, wallet, [transfer(wallet, to, 1_000_001)]);
    const never = encodeBase58(absent.signatures[0] ?? new Uint8Array(64));
    const answers = await reader.readSignatureStatuses([good, never, bad]);
    expect(answers).toHaveLength(2);
    for (const { slot, found } of answers) {
      expect(found.map(({ signature }) => signature)).toEqual([good, bad]);
      expect(found[0]?.error).toBeUndefined();
      expect(JSON.parse(found[1]?.error ?? '')).toEqual({ InstructionError: [0, { Custom: 1 }] });
      expect(slot).toBeGreaterThanOrEqual(found[1]?.slot ?? Infinity);
    }
  });

  it('takes the deltas of a swap from its own balances; all wallet deltas add up', async () => {
    const pool = aPool('reader', { trade: 2_500, protocol: 120_000, fund: 40_000 });
    const market = { pool, base: '1000000000000', quote: '150000000000' };
    const owner = wallet.publicKey.toBase58();
    await rpc(simnet.url, 'simnet_setTokenBalance', owner, pool.mint0, '0', 9);
    await rpc(simnet.url, 'simnet_setTokenBalance', owner, pool.mint1, '1000000000', 6);
    await rpc(simnet.url, 'simnet_setPools', { markets: [market] });
    await nextSlot(simnet.url, 34);
    const before = new Map(await balances());
    const order = { zeroForOne: false, amountIn: 150_000_000n, amountOutMin: 1n };
    const signature = await send(
      ...budget(60_000, 50_000),
      swapInstruction(wallet.publicKey, pool, order),
    );
    await nextSlot(simnet.url, 3);
    const landed = await reader.readTransaction(signature);
    expect(landed?.error).toBeUndefined();
    expect(landed?.feeLamports).toBe(8_000n);
    const net = 149_625_000n;
    const out = (net * 1_000_000_000_000n) / (150_000_000_000n + net);
    expect(new Map(landed?.deltas.map(({ asset, amount }) => [asset, amount]))).toEqual(
      new Map([
        ['SOL', -8_000n],
        [pool.mint0, out],
        [pool.mint1, -150_000_000n],
      ]),
    );
    await nextSlot(simnet.url, 34);
    const after = new Map(await balances());
    for (const { asset, amount } of landed?.deltas ?? []) {
      expect((after.get(asset) ?? 0n) - (before.get(asset) ?? 0n), asset).toBe(amount);
    }
  });

  it('reads no transaction before its commitment', async () => {
    const patient = createChainReader({
      urls: [simnet.url],
      commitment: 'finalized',
      wallet: wallet.publicKey.toBase58(),
    });
    const signature = await send(transfer(wallet, Keypair.generate().publicKey, 1_200_000));
    const early = await patient.readTransaction(signature);
    // Asked after the read, so that a slow machine, on which finality came first, is no fault.
    const { value } = await connection.getSignatureStatus(signature);
    expect(early === undefined || value?.confirmationStatus === 'finalized').toBe(true);
    await nextSlot(simnet.url, 34);
    expect((await patient.readTransaction(signature))?.signature).toBe(signature);
  });

  const balances = async () =>
    (await reader.readBalances()).balances.map(({ asset, amount }) => [asset, amount] as const);

  it('keeps native and wrapped SOL apart', async () => {
    const owner = wallet.publicKey.toBase58();
    const native = new Map(await balances()).get('SOL');
    await rpc(simnet.url, 'simnet_setTokenBalance', owner, WRAPPED_SOL, '777', 9);
    await nextSlot(simnet.url, 34);
    const now = new Map(await balances());
    expect(now.get(WRAPPED_SOL)).toBe(777n);
    expect(now.get('SOL')).toBe(native);
  });

  it('lists the wallet’s signatures down to one that is known', async () => {
    const to = Keypair.generate().publicKey;
    const first = await send(transfer(wallet, to, 1_100_000));
    const second = await send(transfer(wallet, to, 1_100_001));
    const third = await send(transfer(wallet, to, 1_100_002));
    await nextSlot(simnet.url, 34);
    const fresh = await reader.readWalletSignatures({ until: first });
    expect(fresh.map(({ signature }) => signature)).toEqual([third, second]);
    const all = await reader.readWalletSignatures();
    expect(all.map(({ signature }) => signature)).toContain(first);
  });

  it('names what the wallet’s own transfers paid, also where they failed', async () => {
    const to = Keypair.generate().publicKey;
    const good = await send(transfer(wallet, to, 1_300_000), transfer(wallet, to, 1_300_001));
    const bad = await send(transfer(wallet, to, 10n ** 15n));
    await nextSlot(simnet.url, 3);
    const paid = (amount: bigint) => ({ to: to.toBase58(), amount });
    const landed = await reader.readTransaction(good);
    expect(landed?.payments).toEqual([paid(1_300_000n), paid(1_300_001n)]);
    const failed = await reader.readTransaction(bad);
    expect(failed?.error).toBeDefined();
    expect(failed?.payments).toEqual([paid(10n ** 15n)]);
    // What others pay is none of the wallet's payments.
    const recipient = createChainReader({
      urls: [simnet.url],
      commitment: 'confirmed',
      wallet: to.toBase58(),
    });
    expect((await recipient.readTransaction(good))?.payments).toEqual([]);
  });

  it('asks every origin for the whole history', async () => {
    const signature = await send(transfer(wallet, Keypair.generate().publicKey, 1_200_000));
    await nextSlot(simnet.url, 34);
    const histories = await reader.readWalletHistories();
    expect(histories.map(({ origin }) => origin)).toEqual(reader.origins);
    for (const { signatures } of histories) {
      expect(signatures.map((one) => one.signature)).toContain(signature);
    }
  });

  it('answers with what is left when an origin is silent, and says who answered', async () => {
    const half = createChainReader({
      urls: ['http://127.0.0.1:9', simnet.url2],
      commitment: 'confirmed',
      wallet: wallet.publicKey.toBase58(),
    });
    const finalized = await half.readFinalizedHeight();
    expect(finalized.map(({ origin }) => origin)).toEqual([new URL(simnet.url2).host]);
    expect(half.origins).toHaveLength(2);
    expect((await half.readHeight()).slot).toBeGreaterThan(0);
    await expect(half.readGenesisHash()).rejects.toMatchObject({ code: 'chain/unreachable' });
  });

  it('lets paper use simnet', async () => {
    await expect(assertPaperCluster(reader)).resolves.toBeUndefined();
  });
});

describe('the chain reader on bad origins', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close()));

  const answering = async (status: number, body: string): Promise<ChainReader> => {
    const server = createServer((_, response) => response.writeHead(status).end(body));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-key`;
    const wallet = Keypair.generate().publicKey.toBase58();
    return createChainReader({ urls: [url], commitment: 'confirmed', wallet, timeoutMs: 2_000 });
  };
  const result = (value: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value });

  it.each([...PUBLIC_GENESIS_HASHES])('keeps paper off %s (%s)', async (hash) => {
    const reader = await answering(200, result(hash));
    await expect(assertPaperCluster(reader)).rejects.toMatchObject({ code: 'chain/wrong-cluster' });
  });

  it.each([
    [429, 'slow down', 'chain/unreachable'],
    [200, 'not json', 'chain/unreachable'],
    [200, '{"jsonrpc":"2.0","id":1}', 'chain/unreachable'],
    [200, '{"error":{"code":-32005,"message":"behind"}}', 'chain/unreachable'],
    [200, '{"error":{"code":-32602,"message":"no"}}', 'chain/refused'],
    [200, result({ absoluteSlot: 'soon' }), 'chain/refused'],
    [200, result({ absoluteSlot: 1.5, blockHeight: 2 }), 'chain/refused'],
  ])('answers %s %s as %s', async (status, body, code) => {
    const reader = await answering(status, body);
    const failure = await reader.readHeight().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect(String(failure)).not.toContain('secret-key');
  });
});
