import { createHash } from 'node:crypto';
import { Keypair, PublicKey, type Connection } from '@solana/web3.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  transfer,
} from './client.ts';

const OPTIONS = { encoding: 'base64' };

describe('the block engine', () => {
  let simnet: RunningSimnet;
  let connection: Connection;
  let payer: Keypair;
  let tipAccount: PublicKey;

  beforeAll(async () => {
    simnet = await startSimnet({ slotMs: 20 });
    connection = connectTo(simnet);
    payer = await fundedWallet(simnet.url);
    const { result } = await rpc(`${simnet.url}/api/v1/getTipAccounts`, 'getTipAccounts');
    expect(result).toHaveLength(8);
    tipAccount = new PublicKey(result[0]);
  });
  afterAll(() => simnet.stop());

  const sendBundle = (wires: readonly string[], url = simnet.url) =>
    rpc(`${url}/api/v1/bundles`, 'sendBundle', wires, OPTIONS);
  const paying = async (to: PublicKey, lamports: number, tip = 1_000) =>
    signedV0(connection, payer, [
      transfer(payer, to, lamports),
      ...(tip > 0 ? [transfer(payer, tipAccount, tip)] : []),
    ]);
  const idOf = ({ signatures }: { readonly signatures: readonly Uint8Array[] }): string =>
    encodeBase58(signatures[0] ?? new Uint8Array());

  it('lands a bundle whole, under the id that its signatures give', async () => {
    const to = Keypair.generate().publicKey;
    const bundle = [await paying(to, 1_000_000, 0), await paying(to, 1_000_001)];
    const { result, error } = await sendBundle(bundle.map(base64));
    expect(error).toBeUndefined();
    const joined = bundle.map(idOf).join(',');
    expect(result).toBe(createHash('sha256').update(joined).digest('hex'));
    const slots = await Promise.all(
      bundle.map(async (one) => (await landed(simnet.url, idOf(one))).slot),
    );
    expect(slots[0]).toBe(slots[1]);
    expect(await connection.getBalance(to)).toBe(2_000_001);
    const statuses = await rpc(`${simnet.url}/api/v1/getBundleStatuses`, 'getBundleStatuses', [
      result,
    ]);
    expect(statuses.result.value[0]).toMatchObject({ bundle_id: result, slot: slots[0] });
  });

  it('lands nothing of a bundle in which one fails', async () => {
    const to = Keypair.generate().publicKey;
    const before = await connection.getBalance(payer.publicKey);
    const fails = await paying(to, 10 ** 15);
    const bundle = [await paying(to, 1_500_000), await paying(to, 1_500_001), fails];
    const { result } = await sendBundle(bundle.map(base64));
    await nextSlot(simnet.url, 4);
    expect(await connection.getBalance(to)).toBe(0);
    expect(await connection.getBalance(payer.publicKey)).toBe(before);
    const statuses = await connection.getSignatureStatuses(bundle.map(idOf));
    expect(statuses.value).toEqual([null, null, null]);
    const inflight = await rpc(
      `${simnet.url}/api/v1/getInflightBundleStatuses`,
      'getInflightBundleStatuses',
      [result],
    );
    expect(inflight.result.value[0].status).toBe('Failed');
    // What was rolled back may still land alone: its signature is not taken for a duplicate.
    const alone = await connection.sendTransaction(bundle[0]!, { skipPreflight: true });
    expect((await landed(simnet.url, alone)).err).toBeNull();
    expect(await connection.getBalance(to)).toBe(1_500_000);
  });

  it('refuses six transactions, no tip and a tip below the minimum', async () => {
    const to = Keypair.generate().publicKey;
    const five = await Promise.all([1, 2, 3, 4, 5].map((n) => paying(to, 1_000_000 + n)));
    const six = [...five, await paying(to, 2_000_000)].map(base64);
    expect((await sendBundle(six)).error?.code).toBe(-32602);
    expect((await sendBundle([])).error?.code).toBe(-32602);
    const low = await sendBundle([base64(await paying(to, 1_000_000, 999))]);
    expect(low.error?.message).toMatch(/tip account/);
    expect((await sendBundle([base64(await paying(to, 1_000_000, 0))])).error?.code).toBe(-32602);
    expect((await sendBundle(five.map(base64))).error).toBeUndefined();
    await landed(simnet.url, idOf(five[4]!));
    expect(await connection.getBalance(to)).toBe(5_000_015);
  });

  it('protects a single transaction that is sent as bundleOnly', async () => {
    const to = Keypair.generate().publicKey;
    const path = `${simnet.url}/api/v1/transactions`;
    const send = (wire: string, query: string) =>
      rpc(`${path}${query}`, 'sendTransaction', wire, OPTIONS);
    const before = await connection.getBalance(payer.publicKey);
    const fails = await paying(to, 10 ** 15);
    const kept = await send(base64(fails), '?bundleOnly=true');
    expect(kept.result).toBe(idOf(fails));
    expect(kept.headers.get('x-bundle-id')).toMatch(/^[0-9a-f]{64}$/);
    expect(Number(kept.headers.get('content-length'))).toBeGreaterThan(0);
    await nextSlot(simnet.url, 3);
    expect(await connection.getBalance(payer.publicKey)).toBe(before); // Not even a fee.
    await send(base64(fails), '');
    expect((await landed(simnet.url, idOf(fails))).err).not.toBeNull();
    expect(await connection.getBalance(payer.publicKey)).toBe(before - 5_000);
    expect((await send(base64(fails), '')).error?.message).toMatch(/already processed/);
  });

  it('knows what became of a single transaction, by whichever road it landed', async () => {
    const statusOf = async (id: string | null) => {
      const path = `${simnet.url}/api/v1/getInflightBundleStatuses`;
      return (await rpc(path, 'getInflightBundleStatuses', [id])).result.value[0];
    };
    const wire = base64(await paying(Keypair.generate().publicKey, 1_000_000));
    // The second port has the same chain: one of the two copies finds the other one landed.
    const roads = [
      rpc(simnet.url2, 'sendTransaction', wire, { ...OPTIONS, skipPreflight: true }),
      rpc(`${simnet.url}/api/v1/transactions`, 'sendTransaction', wire, OPTIONS),
    ];
    const [plain, engine] = await Promise.all(roads);
    const { slot } = await landed(simnet.url, plain!.result);
    const id = engine!.headers.get('x-bundle-id');
    expect(await statusOf(id)).toEqual({ bundle_id: id, status: 'Landed', landed_slot: slot });
  });
});

describe('faults on request', () => {
  let simnet: RunningSimnet;
  let connection: Connection;
  let payer: Keypair;

  beforeAll(async () => {
    simnet = await startSimnet({ slotMs: 20 });
    connection = connectTo(simnet);
    payer = await fundedWallet(simnet.url);
  });
  afterAll(() => simnet.stop());

  const fault = (request: object) => rpc(simnet.url, 'simnet_fault', request);
  let lamports = 1_000_000;
  const send = async (...urls: readonly string[]) => {
    lamports += 1;
    const to = Keypair.generate().publicKey;
    const wire = base64(await signedV0(connection, payer, [transfer(payer, to, lamports)]));
    const replies = await Promise.all(
      urls.map((url) => rpc(url, 'sendTransaction', wire, { ...OPTIONS, skipPreflight: true })),
    );
    return { wire, signature: String(replies.find(({ result }) => result)?.result), replies };
  };
  const status = async (signature: string) => {
    await nextSlot(simnet.url, 4);
    return (await connection.getSignatureStatus(signature)).value;
  };

  it('drops the next one and not the one after', async () => {
    await fault({ kind: 'drop', count: 1 });
    const dropped = await send(simnet.url, simnet.url2);
    expect(await status(dropped.signature)).toBeNull();
    expect((await landed(simnet.url, (await send(simnet.url)).signature)).err).toBeNull();
  });

  it('drops on one port only, where one is named', async () => {
    await fault({ kind: 'drop', count: 1, port: Number(new URL(simnet.url).port) });
    const { signature } = await send(simnet.url, simnet.url2);
    expect((await landed(simnet.url, signature)).err).toBeNull();
    await rpc(simnet.url, 'simnet_clearFaults');
  });

  it('never lands what it lets expire, by whatever road it comes', async () => {
    await fault({ kind: 'expire', count: 1 });
    const { signature, wire } = await send(simnet.url);
    await rpc(simnet.url2, 'sendTransaction', wire, { ...OPTIONS, skipPreflight: true });
    expect(await status(signature)).toBeNull();
  });

  it('fails on request, on chain and for a fee', async () => {
    await fault({ kind: 'fail', count: 1 });
    const before = await connection.getBalance(payer.publicKey);
    const { signature } = await send(simnet.url);
    expect((await landed(simnet.url, signature)).err).toEqual({
      InstructionError: [0, { Custom: 1 }],
    });
    expect(await connection.getBalance(payer.publicKey)).toBe(before - 5_000);
  });

  it('delays by as many slots as said', async () => {
    await fault({ kind: 'delay', count: 1, slots: 12 });
    const from = await connection.getSlot('processed');
    const { signature } = await send(simnet.url);
    expect((await landed(simnet.url, signature)).slot).toBeGreaterThanOrEqual(from + 12);
  });

  it('answers too many requests with 429', async () => {
    await fault({ kind: 'limit', count: 1 });
    const { replies, wire } = await send(simnet.url);
    expect(replies[0]).toMatchObject({ status: 429, error: { code: -32005 } });
    const again = await rpc(simnet.url, 'sendTransaction', wire, OPTIONS);
    expect((await landed(simnet.url, again.result)).err).toBeNull();
  });

  it('refuses a fault it does not know', async () => {
    expect((await fault({ kind: 'explode', count: 1 })).error?.code).toBe(-32602);
    expect((await fault({ kind: 'drop', count: 0 })).error?.code).toBe(-32602);
  });
});
