import { ChannelCredentials, status } from '@grpc/grpc-js';
import { Keypair, PublicKey, type Connection } from '@solana/web3.js';
import type { BundleResult } from 'jito-ts/dist/gen/block-engine/bundle.js';
import { SearcherServiceClient } from 'jito-ts/dist/gen/block-engine/searcher.js';
import { SearcherClient } from 'jito-ts/dist/sdk/block-engine/searcher.js';
import { Bundle } from 'jito-ts/dist/sdk/block-engine/types.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

const TIP = 1_500;
const RESULT_LIMIT_MS = 10_000;

let simnet: RunningSimnet;
let connection: Connection;
let payer: Keypair;
let service: SearcherServiceClient;
let searcher: SearcherClient;
let tipAccount: PublicKey;

beforeAll(async () => {
  simnet = await startSimnet({ slotMs: 30, grpc: true });
  connection = connectTo(simnet);
  payer = await fundedWallet(simnet.url);
  // As its own `searcherClient()` would, but without TLS, which that one insists on.
  service = new SearcherServiceClient(simnet.grpcAddress!, ChannelCredentials.createInsecure());
  searcher = new SearcherClient(service);
  tipAccount = new PublicKey('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5');
});
afterAll(async () => {
  service.close();
  await simnet.stop();
});

/** Throws what jito-ts would answer as a value. */
const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: Error }): T => {
  if (result.ok) return result.value;
  throw result.error;
};
const paying = (to: PublicKey, lamports: number, tip = TIP) =>
  signedV0(connection, payer, [
    transfer(payer, to, lamports),
    ...(tip > 0 ? [transfer(payer, tipAccount, tip)] : []),
  ]);
type Signed = Awaited<ReturnType<typeof paying>>;
const idOf = ({ signatures }: Signed) => encodeBase58(signatures[0]!);

const bundleOf = (...transactions: Signed[]) => new Bundle(transactions, 5);
const aKey = () => Keypair.generate().publicKey;

describe('jito-ts at the searcher service', () => {
  it('is told tip accounts, leaders and regions', async () => {
    const accounts = valueOf(await searcher.getTipAccounts());
    expect(accounts).toHaveLength(8);
    expect(accounts).toContain(tipAccount.toBase58());
    const before = await slotOf(simnet.url);
    const next = valueOf(await searcher.getNextScheduledLeader());
    expect(next.currentSlot).toBeGreaterThanOrEqual(before);
    expect(next.nextLeaderSlot).toBe(next.currentSlot + 1);
    const leaders = valueOf(await searcher.getConnectedLeaders());
    expect(leaders[next.nextLeaderIdentity]?.slots).toContain(next.nextLeaderSlot);
    const regions = await new Promise((resolve, reject) => {
      service.getRegions({}, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
    expect(regions).toEqual({ currentRegion: 'simnet', availableRegions: ['simnet'] });
  });

  it('is refused with a reason, and told by its kind', async () => {
    const refusal = async (bundle: Bundle) => {
      const result = await searcher.sendBundle(bundle);
      if (result.ok) throw new Error('was taken');
      return [result.error.code, result.error.details];
    };
    const [to, code] = [aKey(), status.INVALID_ARGUMENT];
    const seven = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => paying(to, 1_000_000 + n)));
    expect(await refusal(bundleOf(...seven))).toEqual([code, 'bundles hold 1 to 5 transactions']);
    expect(await refusal(bundleOf())).toEqual([code, 'bundles hold 1 to 5 transactions']);
    const untipped = await refusal(bundleOf(await paying(to, 1_000_000, 0)));
    expect(untipped).toEqual([code, expect.stringMatching(/tip account/)]);
    const forged = await paying(to, 1_000_000);
    forged.signatures[0]![3]! ^= 1;
    expect(await refusal(bundleOf(forged))).toEqual([code, expect.stringMatching(/signature/i)]);
    const port = Number(simnet.grpcAddress!.split(':')[1]);
    await rpc(simnet.url, 'simnet_fault', { kind: 'limit', method: 'sendBundle', count: 1, port });
    const limited = await refusal(bundleOf(await paying(to, 1_000_000)));
    expect(limited).toEqual([status.RESOURCE_EXHAUSTED, expect.stringMatching(/limit/i)]);
    expect(await connection.getBalance(to)).toBe(0);
  });
});

describe('the results of a bundle', () => {
  let results: BundleResult[];
  let cancel: () => void;

  beforeEach(async () => {
    results = [];
    const stream = service.subscribeBundleResults({});
    stream.on('data', (result: BundleResult) => results.push(result));
    stream.on('error', () => undefined); // It is cancelled below.
    cancel = () => stream.cancel();
    await new Promise((resolve) => stream.once('metadata', resolve));
  });
  afterEach(async () => {
    cancel();
    await rpc(simnet.url, 'simnet_clearFaults');
  });

  const fault = (request: object) => rpc(simnet.url, 'simnet_fault', request);
  const send = async (...transactions: Signed[]) =>
    valueOf(await searcher.sendBundle(bundleOf(...transactions)));
  /** Waits until so many have come for this bundle; each without what protobuf leaves undefined. */
  const resultsOf = async (bundleId: string, count: number) => {
    const own = () => results.filter((result) => result.bundleId === bundleId);
    await expect
      .poll(() => own().length, { timeout: RESULT_LIMIT_MS })
      .toBeGreaterThanOrEqual(count);
    return own().map((result) => JSON.parse(JSON.stringify(result)));
  };

  it('are accepted, processed and finalized, in this order, for one that lands', async () => {
    const to = aKey();
    const wires = [await paying(to, 1_000_000, 0), await paying(to, 1_000_001)];
    const id = await send(...wires);
    const { slot } = await landed(simnet.url, idOf(wires[0]!));
    const told = await resultsOf(id, 3);
    expect(told.map((result) => Object.keys(result)[1])).toEqual([
      'accepted',
      'processed',
      'finalized',
    ]);
    expect(told[1].processed.slot).toBe(slot);
    expect(await slotOf(simnet.url)).toBeGreaterThanOrEqual(slot + 32);
    expect(await connection.getBalance(to)).toBe(2_000_001);
  });

  it('name the transaction for which all of it was refused', async () => {
    const to = aKey();
    const wires = [await paying(to, 1_000_000), await paying(to, 10 ** 15)];
    const told = await resultsOf(await send(...wires), 2);
    expect(told[1].rejected).toEqual({ simulationFailure: { txSignature: idOf(wires[1]!) } });
    expect(await connection.getBalance(to)).toBe(0);
  });

  it('say that a part has landed apart from it', async () => {
    const [apart, other] = [await paying(aKey(), 1_000_000), await paying(aKey(), 1_000_001)];
    const options = { encoding: 'base64', skipPreflight: true };
    // Held back together, so that both are taken before either has landed.
    await fault({ kind: 'delay', count: 2, slots: 60 });
    await rpc(simnet.url, 'sendTransaction', base64(apart), options);
    const told = await resultsOf(await send(other, apart), 2);
    expect(told[1].dropped).toEqual({ reason: 1 });
    expect((await landed(simnet.url, idOf(apart))).err).toBeNull();
    expect((await connection.getSignatureStatus(idOf(other))).value).toBeNull();
  });

  it('say that it expired', async () => {
    await fault({ kind: 'expire', count: 1 });
    const told = await resultsOf(await send(await paying(aKey(), 1_000_000)), 2);
    expect(told[1].dropped).toEqual({ reason: 0 });
  });

  it('say that it was dropped', async () => {
    await fault({ kind: 'drop', count: 1 });
    const told = await resultsOf(await send(await paying(aKey(), 1_000_000)), 2);
    expect(told[1].rejected.droppedBundle.msg).toMatch(/leader/);
  });

  it('say that its slot was orphaned', async () => {
    await fault({ kind: 'fork', count: 1 });
    const told = await resultsOf(await send(await paying(aKey(), 1_000_000)), 3);
    expect(told.map((result) => Object.keys(result)[1])).toEqual([
      'accepted',
      'processed',
      'dropped',
    ]);
    expect(told[2].dropped).toEqual({ reason: 2 });
  });

  it('may lie: refused, although it lands', async () => {
    await fault({ kind: 'invalid-bundle', count: 1 });
    const wire = await paying(aKey(), 1_000_000);
    const id = await send(wire);
    expect((await landed(simnet.url, idOf(wire))).err).toBeNull();
    await nextSlot(simnet.url, 34);
    const told = await resultsOf(id, 1);
    expect(told).toEqual([
      { bundleId: id, rejected: { droppedBundle: { msg: expect.any(String) } } },
    ]);
  });

  it('are for ten listeners, and the eleventh is told why not', async () => {
    const streams = Array.from({ length: 9 }, () => service.subscribeBundleResults({}));
    await Promise.all(
      streams.map((stream) => {
        stream.on('error', () => undefined);
        return new Promise((resolve) => stream.once('metadata', resolve));
      }),
    );
    const refused = await new Promise<{ code: number }>((resolve) => {
      service.subscribeBundleResults({}).on('error', resolve);
    });
    expect(refused.code).toBe(status.RESOURCE_EXHAUSTED);
    for (const stream of streams) stream.cancel();
  });
});
