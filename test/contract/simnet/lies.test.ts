import { Connection, Keypair, PublicKey } from '@solana/web3.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import {
  base64,
  connectTo,
  fundedWallet,
  landed,
  nextSlot,
  rpc,
  signedV0,
  slotOf,
  transfer,
} from './client.ts';

const OPTIONS = { encoding: 'base64', skipPreflight: true };
const TIP_ACCOUNT = new PublicKey('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5');
const SLOT_MS = 50;

let simnet: RunningSimnet;
let first: Connection;
let second: Connection;
let payer: Keypair;

beforeAll(async () => {
  simnet = await startSimnet({ slotMs: SLOT_MS });
  first = connectTo(simnet);
  second = new Connection(simnet.url2, 'processed');
  payer = await fundedWallet(simnet.url);
});
afterEach(() => rpc(simnet.url, 'simnet_clearFaults'));
afterAll(() => simnet.stop());

const fault = async (request: object) => {
  const { result, error } = await rpc(simnet.url, 'simnet_fault', request);
  if (error) throw new Error(error.message);
  return result.faults;
};
const portOf = (url: string) => Number(new URL(url).port);
const transferTo = async (to: PublicKey, lamports = 1_000_000) =>
  signedV0(first, payer, [transfer(payer, to, lamports)]);
const send = async (to: PublicKey, lamports?: number): Promise<string> => {
  const wire = base64(await transferTo(to, lamports));
  return (await rpc(simnet.url, 'sendTransaction', wire, OPTIONS)).result;
};
const statusAt = async (connection: Connection, signature: string) =>
  (await connection.getSignatureStatus(signature)).value;

describe('a fork on request', () => {
  it('shows a transaction as processed, takes it back, and lands it later, once', async () => {
    const { signature, statusNow, balanceNow, openSlot } = await meetFork({ slots: 3 });
    const slot = await openSlot();
    expect(await statusNow()).toMatchObject({ slot, confirmationStatus: 'processed' });
    expect(await balanceNow()).toBe(1_000_000);
    for (let taken = 0; taken < 3; taken += 1) {
      await openSlot();
      expect(await statusNow(), signature).toBeNull();
      expect(await balanceNow()).toBe(0);
    }
    expect(await openSlot()).toBe(slot + 4);
    expect((await statusNow())?.slot).toBe(slot + 4);
    await openSlot();
    await openSlot();
    expect((await statusNow())?.confirmationStatus).toBe('confirmed');
    expect(await balanceNow()).toBe(1_000_000);
  });

  it('without a number of slots takes it back for good, whoever sends it again', async () => {
    const { statusNow, balanceNow, openSlot, sendAgain } = await meetFork({});
    await openSlot();
    expect((await statusNow())?.confirmationStatus).toBe('processed');
    await openSlot();
    await sendAgain();
    for (let slots = 0; slots < 4; slots += 1) await openSlot();
    expect(await statusNow()).toBeNull();
    expect(await balanceNow()).toBe(0);
  });

  let slow: RunningSimnet | undefined;
  afterEach(async () => {
    await slow?.stop();
    slow = undefined;
  });

  /** A transfer that was sent and meets a fork; slots begin only when the test says so. */
  async function meetFork(more: { readonly slots?: number }) {
    const { url, url2 } = (slow = await startSimnet({ slotMs: 60_000 }));
    const connection = connectTo(slow);
    const wallet = Keypair.generate();
    const to = Keypair.generate().publicKey;
    const openSlot = async (): Promise<number> =>
      (await rpc(url, 'simnet_airdrop', wallet.publicKey.toBase58(), 1e9)).result.slot;
    await openSlot();
    await rpc(url, 'simnet_fault', { kind: 'fork', count: 1, ...more });
    const transaction = await signedV0(connection, wallet, [transfer(wallet, to, 1_000_000)]);
    const signature = encodeBase58(transaction.signatures[0]!);
    const sendTo = (port: string) => rpc(port, 'sendTransaction', base64(transaction), OPTIONS);
    await sendTo(url);
    return {
      signature,
      openSlot,
      sendAgain: () => sendTo(url2),
      statusNow: () => statusAt(connection, signature),
      balanceNow: () => connection.getBalance(to, 'processed'),
    };
  }
});

describe('a null status on request', () => {
  it('hides what has landed, on the one port and for as many answers as said', async () => {
    const signature = await send(Keypair.generate().publicKey);
    await landed(simnet.url, signature);
    await fault({ kind: 'null-status', count: 2, port: portOf(simnet.url2) });
    expect(await statusAt(first, signature)).not.toBeNull();
    expect(await statusAt(second, signature)).toBeNull();
    expect(await statusAt(second, signature)).toBeNull();
    expect(await statusAt(second, signature)).not.toBeNull();
  });

  it('hides the transaction itself, too', async () => {
    const signature = await send(Keypair.generate().publicKey);
    await landed(simnet.url, signature);
    await nextSlot(simnet.url, 3);
    const read = () =>
      first.getTransaction(signature, {
        commitment: 'confirmed',
        maxSupportedTransactionVersion: 0,
      });
    await fault({ kind: 'null-status', count: 1 });
    expect(await read()).toBeNull();
    expect((await read())?.meta?.err).toBeNull();
  });

  it('of one signature tells the truth of the others, and is not used up by what is unknown', async () => {
    const [hidden, shown] = [
      await send(Keypair.generate().publicKey),
      await send(Keypair.generate().publicKey),
    ];
    const unknown = encodeBase58(new Uint8Array(64).fill(7));
    await landed(simnet.url, hidden);
    await landed(simnet.url, shown);
    await fault({ kind: 'null-status', count: 1, signature: hidden });
    expect(await statusAt(first, unknown)).toBeNull();
    expect(await statusAt(first, shown)).not.toBeNull();
    const { value } = await first.getSignatureStatuses([shown, hidden]);
    expect(value.map((status) => status === null)).toEqual([false, true]);
    expect(await statusAt(first, hidden)).not.toBeNull();
  });

  it('lasts as many slots as said', async () => {
    const signature = await send(Keypair.generate().publicKey);
    const { slot } = await landed(simnet.url, signature);
    await fault({ kind: 'null-status', slots: 30 });
    const from = await slotOf(simnet.url);
    expect(await statusAt(first, signature)).toBeNull();
    await nextSlot(simnet.url, 31);
    expect((await statusAt(first, signature))?.slot).toBe(slot);
    expect(await slotOf(simnet.url)).toBeGreaterThan(from + 30);
  });
});

describe('a stale height on request', () => {
  it('answers heights and slots of some time ago, on the one port', async () => {
    await fault({ kind: 'stale-height', slots: 1_000, behind: 30, port: portOf(simnet.url2) });
    const [height, stale] = [await first.getBlockHeight(), await second.getBlockHeight()];
    expect(stale).toBeLessThanOrEqual(height - 10);
    expect(stale).toBeGreaterThanOrEqual(height - 30);
    expect(await second.getSlot()).toBeLessThanOrEqual((await first.getSlot()) - 10);
    const epoch = await second.getEpochInfo();
    expect(epoch.absoluteSlot).toBeLessThanOrEqual((await first.getSlot()) - 10);
    expect(epoch.blockHeight).toBe(epoch.absoluteSlot - 1_000);
    const [fresh, old] = [await first.getLatestBlockhash(), await second.getLatestBlockhash()];
    expect(old.lastValidBlockHeight).toBeLessThanOrEqual(fresh.lastValidBlockHeight - 10);
    // It lies about the time, not about the blockhash: a transaction with it still lands.
    const to = Keypair.generate().publicKey;
    const wire = await signedV0(first, payer, [transfer(payer, to, 1_000_000)], old.blockhash);
    const { result } = await rpc(simnet.url, 'sendTransaction', base64(wire), OPTIONS);
    expect((await landed(simnet.url, result)).err).toBeNull();
  });

  it('ends after as many answers as said', async () => {
    const before = await first.getBlockHeight();
    await fault({ kind: 'stale-height', count: 2, behind: 100 });
    expect(await first.getBlockHeight()).toBeLessThan(before);
    expect(await first.getBlockHeight()).toBeLessThan(before);
    expect(await first.getBlockHeight()).toBeGreaterThanOrEqual(before);
  });
});

describe('an invalid bundle on request', () => {
  it('lands, and is said to be unknown', async () => {
    const bundleOf = async (to: PublicKey) =>
      signedV0(first, payer, [transfer(payer, to, 1_000_000), transfer(payer, TIP_ACCOUNT, 1_000)]);
    await fault({ kind: 'invalid-bundle', count: 1 });
    const outcomes: unknown[] = [];
    for (const _ of [1, 2]) {
      const to = Keypair.generate().publicKey;
      const wire = await bundleOf(to);
      const { result: id } = await rpc(
        `${simnet.url}/api/v1/bundles`,
        'sendBundle',
        [base64(wire)],
        { encoding: 'base64' },
      );
      await landed(simnet.url, encodeBase58(wire.signatures[0]!));
      const inflight = await rpc(
        `${simnet.url}/api/v1/getInflightBundleStatuses`,
        'getInflightBundleStatuses',
        [id],
      );
      const statuses = await rpc(`${simnet.url}/api/v1/getBundleStatuses`, 'getBundleStatuses', [
        id,
      ]);
      const balance = await first.getBalance(to);
      outcomes.push([
        balance,
        inflight.result.value[0].status,
        statuses.result.value[0]?.bundle_id === id,
      ]);
    }
    expect(outcomes).toEqual([
      [1_000_000, 'Invalid', false],
      [1_000_000, 'Landed', true],
    ]);
  });
});

describe('a storm of 429', () => {
  it('refuses the named method on the one port, as often as said', async () => {
    const port = portOf(simnet.url);
    await fault({ kind: 'limit', method: 'getBlockHeight', count: 2, port });
    const ask = async (url: string, method: string) => (await rpc(url, method)).status;
    expect(await ask(simnet.url2, 'getBlockHeight')).toBe(200);
    expect(await ask(simnet.url, 'getSlot')).toBe(200);
    const answers = [1, 2, 3].map(() => ask(simnet.url, 'getBlockHeight'));
    expect((await Promise.all(answers)).filter((status) => status === 429)).toHaveLength(2);
  });

  it('of every method leaves only what steers simnet, for as many slots as said', async () => {
    await fault({ kind: 'limit', method: '*', slots: 30 });
    const reply = await rpc(simnet.url, 'getSlot');
    expect(reply).toMatchObject({ status: 429, error: { code: -32005 } });
    const engine = await rpc(`${simnet.url}/api/v1/getTipAccounts`, 'getTipAccounts');
    expect(engine.status).toBe(429);
    const status = async () => (await rpc(simnet.url, 'simnet_status')).result;
    const { slot, faults } = await status();
    expect(faults).toMatchObject([{ kind: 'limit', method: '*' }]);
    while ((await status()).slot < slot + 31)
      await new Promise((done) => setTimeout(done, SLOT_MS));
    expect((await rpc(simnet.url, 'getSlot')).status).toBe(200);
  });

  it('holds for the engine’s own paths, too', async () => {
    await fault({ kind: 'limit', method: 'sendBundle', count: 1 });
    const ask = () => rpc(`${simnet.url}/api/v1/bundles`, 'sendBundle', [], { encoding: 'base64' });
    expect((await ask()).status).toBe(429);
    expect((await ask()).error?.code).toBe(-32602); // Heard, and refused for what it says.
  });
});
