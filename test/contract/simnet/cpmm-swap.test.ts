import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Keypair, PublicKey, type Connection } from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { loadMarkets } from '../../../config/markets.ts';
import type { PoolAddresses } from '../../../domain/market/market.ts';
import { recordedFile } from '../../support/recorded-data.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import {
  budget,
  connectTo,
  fundedWallet,
  landed,
  rpc,
  signedV0,
  slotOf,
  transfer,
} from './client.ts';
import { aPool, ataOf, swapInstruction, type SwapOrder } from './paper-market.ts';

const GOLDEN = recordedFile('chain', 'golden_quotes', 'cpmm.json');
const WRAPPED_SOL = 'So11111111111111111111111111111111111111112';
/** Of the 200 recorded swaps; all of them are the unit tests' of the maths. */
const SAMPLE = 20;

type GoldenQuote = Readonly<
  Record<'r0' | 'r1' | 'tradeFee' | 'protoFee' | 'fundFee' | 'amountIn' | 'amountOut', string>
> & { readonly zeroForOne: boolean };

type Notification = {
  readonly id?: number;
  readonly params?: { readonly result: { readonly context: { readonly slot: number } } };
};

let simnet: RunningSimnet;
let connection: Connection;
let wallet: Keypair;

beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 20 });
  connection = connectTo(simnet);
  wallet = await fundedWallet(simnet.url);
});
afterAll(() => simnet.stop());

const setPool = async (pool: PoolAddresses, base: bigint, quote: bigint): Promise<number> => {
  const market = { pool, base: `${base}`, quote: `${quote}`, baseDecimals: 9, quoteDecimals: 6 };
  const { result, error } = await rpc(simnet.url, 'simnet_setPools', { markets: [market] });
  if (error) throw new Error(error.message);
  return result.slot;
};
const give = async (mint: string, amount: bigint, decimals: number): Promise<void> => {
  const owner = wallet.publicKey.toBase58();
  await rpc(simnet.url, 'simnet_setTokenBalance', owner, mint, `${amount}`, decimals);
};
const balanceOf = async (account: PublicKey | string): Promise<bigint> =>
  BigInt((await connection.getTokenAccountBalance(new PublicKey(account))).value.amount);
const swap = async (pool: PoolAddresses, order: SwapOrder, units = 60_000) => {
  const instruction = swapInstruction(wallet.publicKey, pool, order);
  const transaction = await signedV0(connection, wallet, [...budget(units, 1_000), instruction]);
  const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
  return { signature, status: await landed(simnet.url, signature) };
};
const funded = async (name: string) => {
  const pool = aPool(name, { trade: 2_500, protocol: 120_000, fund: 40_000 });
  await setPool(pool, 1_000_000_000_000n, 150_000_000_000n);
  await give(pool.mint0, 100_000_000_000n, 9);
  await give(pool.mint1, 10_000_000_000n, 6);
  return pool;
};

describe('a Raydium CPMM swap without the program', () => {
  it.skipIf(GOLDEN === undefined)(
    'pays what the real program paid',
    { timeout: 60_000 },
    async () => {
      const all = JSON.parse(readFileSync(GOLDEN ?? '', 'utf8')) as readonly GoldenQuote[];
      expect(all.length).toBeGreaterThanOrEqual(SAMPLE);
      const step = Math.floor(all.length / SAMPLE);
      let compared = 0;
      for (let at = 0; at < all.length && compared < SAMPLE; at += step) {
        const golden = all[at];
        if (!golden) break;
        const pool = aPool(`golden ${at}`, {
          trade: Number(golden.tradeFee),
          protocol: Number(golden.protoFee),
          fund: Number(golden.fundFee),
        });
        await setPool(pool, BigInt(golden.r0), BigInt(golden.r1));
        const { zeroForOne } = golden;
        const [amountIn, amountOut] = [BigInt(golden.amountIn), BigInt(golden.amountOut)];
        await give(pool.mint0, zeroForOne ? amountIn : 0n, 9);
        await give(pool.mint1, zeroForOne ? 0n : amountIn, 6);
        const { status } = await swap(pool, { zeroForOne, amountIn, amountOutMin: amountOut });
        expect(status.err, `swap ${at}`).toBeNull();
        const [mintIn, mintOut] = zeroForOne ? [pool.mint0, pool.mint1] : [pool.mint1, pool.mint0];
        expect(await balanceOf(ataOf(wallet.publicKey, mintOut)), `swap ${at}`).toBe(amountOut);
        expect(await balanceOf(ataOf(wallet.publicKey, mintIn)), `swap ${at}`).toBe(0n);
        compared += 1;
      }
      expect(compared).toBe(SAMPLE);
    },
  );

  it('refuses one unit more than it pays with the program’s own error', async () => {
    const pool = await funded('slippage');
    const before = await balanceOf(ataOf(wallet.publicKey, pool.mint0));
    const order = { zeroForOne: true, amountIn: 1_000_000_000n };
    // Net of 0.25 %: floor(997,500,000 · 150e9 / (1e12 + 997,500,000)).
    const pays = (997_500_000n * 150_000_000_000n) / (1_000_000_000_000n + 997_500_000n);
    const refused = await swap(pool, { ...order, amountOutMin: pays + 1n });
    expect(refused.status.err).toEqual({ InstructionError: [2, { Custom: 6005 }] });
    expect(await balanceOf(ataOf(wallet.publicKey, pool.mint0))).toBe(before);
    const paid = await swap(pool, { ...order, amountOutMin: pays });
    expect(paid.status.err).toBeNull();
    expect(await balanceOf(ataOf(wallet.publicKey, pool.mint0))).toBe(before - 1_000_000_000n);
  });

  it('keeps protocol and fund fees, and sets reserves net of them', async () => {
    const pool = await funded('counters');
    await swap(pool, { zeroForOne: true, amountIn: 1_000_000_000n, amountOutMin: 0n });
    const state = async () =>
      (await connection.getAccountInfo(new PublicKey(pool.pool)))?.data ?? Buffer.alloc(0);
    // Fee 2,500,000; of it 12 % and 4 %.
    expect((await state()).readBigUInt64LE(341)).toBe(300_000n);
    expect((await state()).readBigUInt64LE(357)).toBe(100_000n);
    expect(await balanceOf(pool.vault0)).toBe(1_001_000_000_000n);
    const vault = await connection.getAccountInfo(new PublicKey(pool.vault1));
    expect(vault?.data.readUInt32LE(72)).toBe(0); // No delegate is left.
    await setPool(pool, 500_000_000_000n, 75_000_000_000n);
    expect(await balanceOf(pool.vault0)).toBe(500_000_000_000n + 400_000n);
    expect(await balanceOf(pool.vault1)).toBe(75_000_000_000n);
  });

  it('lets the second swap of a transaction see the first', async () => {
    const pool = await funded('twice');
    const order = { zeroForOne: true, amountIn: 10_000_000_000n, amountOutMin: 0n };
    const before = await balanceOf(ataOf(wallet.publicKey, pool.mint1));
    const instruction = swapInstruction(wallet.publicKey, pool, order);
    const transaction = await signedV0(connection, wallet, [instruction, instruction]);
    const signature = await connection.sendTransaction(transaction);
    expect((await landed(simnet.url, signature)).err).toBeNull();
    const net = 9_975_000_000n;
    const first = (net * 150_000_000_000n) / (1_000_000_000_000n + net);
    // The pool keeps 16 % of the fee of 25,000,000 out of its reserve.
    const reserve0 = 1_010_000_000_000n - 4_000_000n;
    const second = (net * (150_000_000_000n - first)) / (reserve0 + net);
    const after = await balanceOf(ataOf(wallet.publicKey, pool.mint1));
    expect(after - before).toBe(first + second);
  });

  it('fails a later instruction at the place its sender knows, and the swap with it', async () => {
    const pool = await funded('index');
    const order = { zeroForOne: true, amountIn: 1_000_000_000n, amountOutMin: 0n };
    const before = await balanceOf(ataOf(wallet.publicKey, pool.mint0));
    const transaction = await signedV0(connection, wallet, [
      swapInstruction(wallet.publicKey, pool, order),
      transfer(wallet, Keypair.generate().publicKey, 10n ** 15n),
    ]);
    const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
    const { err } = await landed(simnet.url, signature);
    expect(err).toEqual({ InstructionError: [1, { Custom: 1 }] });
    expect(await balanceOf(ataOf(wallet.publicKey, pool.mint0))).toBe(before);
    expect(await balanceOf(pool.vault0)).toBe(1_000_000_000_000n);
    const vault = await connection.getAccountInfo(new PublicKey(pool.vault1));
    expect(vault?.data.readUInt32LE(72)).toBe(0);
  });

  it('needs the compute units of the real program', async () => {
    const pool = await funded('units');
    const order = { zeroForOne: true, amountIn: 1_000_000_000n, amountOutMin: 0n };
    const tooFew = await swap(pool, order, 34_299);
    expect(tooFew.status.err).toEqual({ InstructionError: [2, 'ComputationalBudgetExceeded'] });
    const enough = await swap(pool, order, 34_300);
    expect(enough.status.err).toBeNull();
  });

  it('sells out of a wallet that holds too little as the token program would', async () => {
    const pool = await funded('poor');
    const order = { zeroForOne: true, amountIn: 100_000_000_001n, amountOutMin: 0n };
    const { status } = await swap(pool, order);
    expect(status.err).toEqual({ InstructionError: [2, { Custom: 1 }] });
  });

  it('moves every account of a pool in the slot it answers', async () => {
    const pool = await funded('watched');
    const accounts = [pool.pool, pool.ammConfig, pool.vault0, pool.vault1];
    const socket = new WebSocket(simnet.wsUrl);
    await once(socket, 'open');
    const slots: number[] = [];
    let subscribed = 0;
    const all = new Promise<void>((resolve) => {
      socket.on('message', (bytes: Buffer) => {
        const { id, params } = JSON.parse(bytes.toString()) as Notification;
        if (id !== undefined) subscribed += 1;
        if (params && slots.push(params.result.context.slot) === accounts.length) resolve();
      });
    });
    const config = { commitment: 'processed', encoding: 'base64' };
    accounts.forEach((account, id) => {
      const params = [account, config];
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'accountSubscribe', params }));
    });
    while (subscribed < accounts.length) await once(socket, 'message');
    const before = await slotOf(simnet.url);
    const slot = await setPool(pool, 2_000_000_000_000n, 300_000_000_000n);
    await all;
    socket.terminate();
    expect(slot).toBeGreaterThan(before);
    expect(slots).toEqual(accounts.map(() => slot));
  });

  it('swaps wrapped SOL, whose vault holds lamports', async () => {
    const [market] = loadMarkets(['SOL-USDC']);
    if (!market) throw new Error('SOL-USDC is not registered');
    const { pool } = market;
    const base = 10_000_000_000_000n;
    await give(WRAPPED_SOL, 5_000_000_000n, 9);
    await give(market.quote.mint, 1_000_000_000n, 6);
    await setPool(pool, base, 1_500_000_000_000n);
    const vault = pool.baseIsToken0 ? pool.vault0 : pool.vault1;
    expect(await connection.getBalance(new PublicKey(vault))).toBe(Number(base + 2_039_280n));
    const owned = () => balanceOf(ataOf(wallet.publicKey, WRAPPED_SOL));
    const sell = { zeroForOne: pool.baseIsToken0, amountIn: 1_000_000_000n, amountOutMin: 1n };
    const buy = { zeroForOne: !pool.baseIsToken0, amountIn: 150_000_000n, amountOutMin: 1n };
    expect((await swap(pool, sell)).status.err).toBeNull();
    expect(await owned()).toBe(4_000_000_000n);
    const lamports = await connection.getBalance(new PublicKey(vault));
    expect(lamports).toBe(Number(base + 2_039_280n + 1_000_000_000n));
    expect((await swap(pool, buy)).status.err).toBeNull();
    expect(await connection.getBalance(new PublicKey(vault))).toBeLessThan(lamports);
    expect(await owned()).toBeGreaterThan(4_990_000_000n);
    expect(await owned()).toBeLessThan(5_000_000_000n); // Two fees and two impacts.
  });

  it('refuses pools it cannot show', async () => {
    const pool = aPool('nowhere', { trade: 2_500, protocol: 120_000, fund: 40_000 });
    const set = async (market: object) =>
      (await rpc(simnet.url, 'simnet_setPools', { markets: [market] })).error;
    expect((await set({ pool, base: '1', quote: '1' }))?.message).toMatch(/say its decimals/);
    expect((await set({ pool, base: '0', quote: '1' }))?.message).toMatch(/above zero/);
    expect((await set({ pool, base: `${2n ** 64n}`, quote: '1' }))?.message).toMatch(/u64/);
    expect((await set({ pool: { ...pool, vault0: 'x' }, base: '1', quote: '1' }))?.message).toMatch(
      /pool.vault0/,
    );
    // Two pools of one call that do not agree about a mint that neither has made yet.
    const market = { pool, base: '1000', quote: '1000', baseDecimals: 9, quoteDecimals: 6 };
    const markets = [market, { ...market, baseDecimals: 8 }];
    const { error } = await rpc(simnet.url, 'simnet_setPools', { markets });
    expect(error?.message).toMatch(/has 9 decimals, not 8/);
    expect(await connection.getAccountInfo(new PublicKey(pool.mint0))).toBeNull();
  });
});
