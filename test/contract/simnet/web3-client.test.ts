import {
  Keypair,
  PublicKey,
  sendAndConfirmTransaction,
  SystemProgram,
  Transaction,
  TransactionInstruction,
  type Connection,
} from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMNET_GENESIS_HASH } from '../../../simnet/genesis.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import {
  base64,
  budget,
  connectTo,
  fundedWallet,
  landed,
  nextSlot,
  rpc,
  signedV0,
  transfer,
} from './client.ts';

const TOKEN_PROGRAM = new PublicKey('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
const ATA_PROGRAM = new PublicKey('ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL');
const WRAPPED_SOL = new PublicKey('So11111111111111111111111111111111111111112');

describe('simnet as @solana/web3.js sees it', () => {
  let simnet: RunningSimnet;
  let connection: Connection;
  let payer: Keypair;

  beforeAll(async () => {
    simnet = await startSimnet({ slotMs: 20 });
    connection = connectTo(simnet);
    payer = await fundedWallet(simnet.url);
  });
  afterAll(() => simnet.stop());

  it('names its own genesis and counts slots and heights apart', async () => {
    expect(await connection.getGenesisHash()).toBe(SIMNET_GENESIS_HASH);
    const info = await connection.getEpochInfo('confirmed');
    expect(info.absoluteSlot - (info.blockHeight ?? 0)).toBe(1_000);
    const [finalized, confirmed, processed] = await Promise.all([
      connection.getSlot('finalized'),
      connection.getSlot('confirmed'),
      connection.getSlot('processed'),
    ]);
    expect(finalized).toBeLessThan(confirmed);
    expect(confirmed).toBeLessThanOrEqual(processed);
  });

  it('lands a legacy transfer and confirms it over the subscription', async () => {
    const to = Keypair.generate().publicKey;
    const instruction = transfer(payer, to, 5_000_000);
    const signature = await sendAndConfirmTransaction(
      connection,
      new Transaction().add(instruction),
      [payer],
      { commitment: 'confirmed' },
    );
    expect(await connection.getBalance(to, 'confirmed')).toBe(5_000_000);
    const seen = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(seen?.version).toBe('legacy');
  });

  it('tells a v0 transaction with its balances, fee, error and logs', async () => {
    const to = Keypair.generate().publicKey;
    const before = await connection.getBalance(payer.publicKey);
    const transaction = await signedV0(connection, payer, [
      ...budget(1_001, 1_500),
      transfer(payer, to, 3_000_000),
    ]);
    const signature = await connection.sendTransaction(transaction);
    await landed(simnet.url, signature);
    await nextSlot(simnet.url, 3);
    const seen = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    // 5,000 for the signature, and ceil(1,001 · 1,500 / 1e6) = 2 for the priority.
    expect(seen?.meta?.fee).toBe(5_002);
    expect(seen?.version).toBe(0);
    expect(seen?.meta?.err).toBeNull();
    expect(seen?.meta?.logMessages?.length).toBeGreaterThan(0);
    const keys = seen?.transaction.message.staticAccountKeys.map(String) ?? [];
    const at = keys.indexOf(to.toBase58());
    expect([seen?.meta?.preBalances[at], seen?.meta?.postBalances[at]]).toEqual([0, 3_000_000]);
    expect(seen?.meta?.preBalances[0]).toBe(before);
    expect(seen?.meta?.postBalances[0]).toBe(before - 3_000_000 - 5_002);
    expect(await connection.getBalance(payer.publicKey)).toBe(before - 3_000_000 - 5_002);

    const raw = await rpc(simnet.url, 'getTransaction', signature, {
      encoding: 'base64',
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(raw.result.transaction).toEqual([base64(transaction), 'base64']);
    const unversioned = await rpc(simnet.url, 'getTransaction', signature, {
      commitment: 'confirmed',
    });
    expect(unversioned.error?.code).toBe(-32015);
  });

  it('creates an associated token account and shows its balance change', async () => {
    const [account] = PublicKey.findProgramAddressSync(
      [payer.publicKey.toBytes(), TOKEN_PROGRAM.toBytes(), WRAPPED_SOL.toBytes()],
      ATA_PROGRAM,
    );
    const create = new TransactionInstruction({
      programId: ATA_PROGRAM,
      keys: [
        { pubkey: payer.publicKey, isSigner: true, isWritable: true },
        { pubkey: account, isSigner: false, isWritable: true },
        { pubkey: payer.publicKey, isSigner: false, isWritable: false },
        { pubkey: WRAPPED_SOL, isSigner: false, isWritable: false },
        { pubkey: SystemProgram.programId, isSigner: false, isWritable: false },
        { pubkey: TOKEN_PROGRAM, isSigner: false, isWritable: false },
      ],
      data: Buffer.alloc(0),
    });
    const sync = new TransactionInstruction({
      programId: TOKEN_PROGRAM,
      keys: [{ pubkey: account, isSigner: false, isWritable: true }],
      data: Buffer.of(17), // SyncNative
    });
    const transaction = await signedV0(connection, payer, [
      create,
      transfer(payer, account, 1_234),
      sync,
    ]);
    const signature = await connection.sendTransaction(transaction);
    expect((await landed(simnet.url, signature)).err).toBeNull();
    expect((await connection.getTokenAccountBalance(account)).value.amount).toBe('1234');
    const owned = await connection.getParsedTokenAccountsByOwner(payer.publicKey, {
      mint: WRAPPED_SOL,
    });
    expect(owned.value.map(({ pubkey }) => pubkey.toBase58())).toEqual([account.toBase58()]);
    await nextSlot(simnet.url, 3);
    const seen = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    });
    expect(seen?.meta?.preTokenBalances).toEqual([]);
    expect(seen?.meta?.postTokenBalances?.[0]).toMatchObject({
      mint: WRAPPED_SOL.toBase58(),
      owner: payer.publicKey.toBase58(),
      uiTokenAmount: { amount: '1234', decimals: 9 },
    });
  });

  it('charges a failing transaction its fee and moves nothing else', async () => {
    const poor = await fundedWallet(simnet.url, 1_000_000_000);
    const to = Keypair.generate().publicKey;
    const transaction = await signedV0(connection, poor, [transfer(poor, to, 2_000_000_000)]);
    await expect(connection.sendTransaction(transaction)).rejects.toThrow(/custom program error/);
    const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
    const status = await landed(simnet.url, signature);
    expect(status.err).toEqual({ InstructionError: [0, { Custom: 1 }] });
    expect(await connection.getBalance(poor.publicKey)).toBe(1_000_000_000 - 5_000);
    expect(await connection.getBalance(to)).toBe(0);
  });

  it('refuses a duplicate and runs equal bytes once', async () => {
    const to = Keypair.generate().publicKey;
    const transaction = await signedV0(connection, payer, [transfer(payer, to, 2_000_000)]);
    const skipPreflight = true;
    const [first, second] = await Promise.all([
      connection.sendTransaction(transaction, { skipPreflight }),
      connection.sendTransaction(transaction, { skipPreflight }),
    ]);
    expect(second).toBe(first);
    await landed(simnet.url, first);
    await nextSlot(simnet.url, 3);
    expect(await connection.getBalance(to)).toBe(2_000_000);
    await expect(connection.sendTransaction(transaction)).rejects.toThrow(/already been processed/);
  });

  it('refuses an expired blockhash at the door and never lands it behind', async () => {
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash('processed');
    const to = Keypair.generate().publicKey;
    const transaction = await signedV0(
      connection,
      payer,
      [transfer(payer, to, 1_000_000)],
      blockhash,
    );
    while ((await connection.getBlockHeight('processed')) <= lastValidBlockHeight) {
      await nextSlot(simnet.url, 10);
    }
    await expect(connection.sendTransaction(transaction)).rejects.toThrow(/Blockhash not found/);
    const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
    await nextSlot(simnet.url, 4);
    expect((await connection.getSignatureStatus(signature)).value).toBeNull();
    expect((await connection.isBlockhashValid(blockhash, { commitment: 'processed' })).value).toBe(
      false,
    );
  });

  it('refuses a wrong signature, too many bytes and unknown methods with the codes of a node', async () => {
    const transaction = await signedV0(connection, payer, [
      transfer(payer, Keypair.generate().publicKey, 1_000_000),
    ]);
    const options = { encoding: 'base64' };
    const bytes = Buffer.from(transaction.serialize());
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    const send = (text: string) => rpc(simnet.url, 'sendTransaction', text, options);
    expect((await send(bytes.toString('base64'))).error?.code).toBe(-32003);
    expect((await send(Buffer.alloc(1_233).toString('base64'))).error?.message).toMatch(
      /too large/,
    );
    expect((await send('AAAA')).error?.code).toBe(-32602);
    expect((await rpc(simnet.url, 'getNonsense')).error?.code).toBe(-32601);
    const response = await fetch(simnet.url, { method: 'POST', body: '{' });
    expect(((await response.json()) as { error: { code: number } }).error.code).toBe(-32700);
  });

  it('pages the history of an address, newest first', async () => {
    const to = Keypair.generate().publicKey;
    const signatures: string[] = [];
    for (const lamports of [1_000_000, 1_000_001, 1_000_002]) {
      const transaction = await signedV0(connection, payer, [transfer(payer, to, lamports)]);
      signatures.unshift(await connection.sendTransaction(transaction, { skipPreflight: true }));
      await landed(simnet.url, signatures[0] ?? '');
    }
    await nextSlot(simnet.url, 3);
    const [newest = '', middle = '', oldest = ''] = signatures;
    const page = async (options: { before?: string; until?: string; limit?: number }) =>
      (await connection.getSignaturesForAddress(to, options, 'confirmed')).map(
        ({ signature }) => signature,
      );
    expect(await page({})).toEqual([newest, middle, oldest]);
    expect(await page({ limit: 1 })).toEqual([newest]);
    expect(await page({ before: newest })).toEqual([middle, oldest]);
    expect(await page({ until: oldest })).toEqual([newest, middle]);
  });

  it('tells subscribers of accounts and slots, accounts of a slot first', async () => {
    const to = Keypair.generate().publicKey;
    const order: string[] = [];
    const changed = new Promise<{ lamports: number; slot: number }>((resolve) => {
      connection.onAccountChange(
        to,
        ({ lamports }, { slot }) => {
          order.push(`account ${slot}`);
          resolve({ lamports, slot });
        },
        { commitment: 'processed' },
      );
    });
    const subscription = connection.onSlotChange(({ slot }) => order.push(`slot ${slot}`));
    await nextSlot(simnet.url, 10);
    const transaction = await signedV0(connection, payer, [transfer(payer, to, 7_000_000)]);
    const signature = await connection.sendTransaction(transaction, { skipPreflight: true });
    const { lamports, slot } = await changed;
    await nextSlot(simnet.url, 3);
    await connection.removeSlotChangeListener(subscription);
    expect(lamports).toBe(7_000_000);
    expect((await landed(simnet.url, signature)).slot).toBe(slot);
    expect(order.indexOf(`account ${slot}`)).toBeGreaterThanOrEqual(0);
    expect(order.indexOf(`slot ${slot}`)).toBe(order.indexOf(`account ${slot}`) + 1);
  });

  it('simulates without a trace', async () => {
    const to = Keypair.generate().publicKey;
    const transaction = await signedV0(connection, payer, [transfer(payer, to, 4_000_000)]);
    const { value } = await connection.simulateTransaction(transaction, {
      sigVerify: true,
      accounts: { encoding: 'base64', addresses: [to.toBase58()] },
    });
    expect(value.err).toBeNull();
    expect(value.accounts?.[0]?.lamports).toBe(4_000_000);
    expect(await connection.getBalance(to)).toBe(0);
    const fee = await connection.getFeeForMessage(transaction.message, 'processed');
    expect(fee.value).toBe(5_000);
  });

  it('reads an earlier state at confirmed and finalized', async () => {
    const wallet = Keypair.generate().publicKey.toBase58();
    const { result } = await rpc(simnet.url, 'simnet_airdrop', wallet, 900_000_000);
    const read = async (commitment: string) =>
      (await rpc(simnet.url, 'getBalance', wallet, { commitment })).result;
    const seen = await Promise.all(['processed', 'confirmed', 'finalized'].map(read));
    for (const { context, value } of seen) {
      expect(value).toBe(context.slot >= result.slot ? 900_000_000 : 0);
    }
    expect(seen[0].value).toBe(900_000_000);
    expect(seen[2].value).toBe(0);
    await nextSlot(simnet.url, 34);
    expect((await read('finalized')).value).toBe(900_000_000);
  });
});
