import {
  Server,
  ServerCredentials,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { Keypair, PublicKey, type Connection } from '@solana/web3.js';
import type { BundleResult } from 'jito-ts/dist/gen/block-engine/bundle.js';
import { SearcherServiceService } from 'jito-ts/dist/gen/block-engine/searcher.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BundleHint } from '../../../adapters/senders/bundle-hint.ts';
import { createJitoSearcher, type JitoSearcher } from '../../../adapters/senders/jito-searcher.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import type { OvermindError } from '../../../domain/shared/errors.ts';
import { hearBundleResults } from '../../../workers/trading/hear-bundle-results.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';
import { connectTo, fundedWallet, landed, rpc, signedV0, transfer } from '../simnet/client.ts';

const DEADLINE_MS = 300;
/** On a loaded machine, too. */
const SOON = { timeout: 20_000 };
const TIP_ACCOUNT = new PublicKey('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5');

const searchers: JitoSearcher[] = [];
const faults: OvermindError[] = [];
const searcherAt = (address: string): JitoSearcher => {
  const searcher = createJitoSearcher({
    url: `http://${address}`,
    deadlineMs: DEADLINE_MS,
    reopenMs: { first: 20, max: 100 },
    onFault: (error) => faults.push(error),
  });
  searchers.push(searcher);
  return searcher;
};
afterEach(() => {
  for (const searcher of searchers.splice(0)) searcher.close();
  faults.splice(0);
});

describe('the searcher client at simnet', () => {
  let simnet: RunningSimnet;
  let connection: Connection;
  let payer: Keypair;
  let searcher: JitoSearcher;

  beforeAll(async () => {
    simnet = await startSimnet({ slotMs: 30, grpc: true });
    connection = connectTo(simnet);
    payer = await fundedWallet(simnet.url);
  });
  afterAll(() => simnet.stop());

  const paying = async (lamports: number) => {
    const to = Keypair.generate().publicKey;
    const signed = await signedV0(connection, payer, [
      transfer(payer, to, lamports),
      transfer(payer, TIP_ACCOUNT, 1_000),
    ]);
    return { wire: signed.serialize(), signature: encodeBase58(signed.signatures[0]!) };
  };
  /** Hints for one bundle, once the stream is open: the first bundle's first hint proves it. */
  const hear = async (): Promise<BundleHint[]> => {
    const hints: BundleHint[] = [];
    searcher = searcherAt(simnet.grpcAddress!);
    searcher.watchResults((hint) => hints.push(hint));
    await expect
      .poll(async () => {
        await searcher.submitBundle([(await paying(1_000_000)).wire]);
        return hints.length;
      }, SOON)
      .toBeGreaterThan(0);
    return hints;
  };
  const saidOf = (hints: readonly BundleHint[], id: string) =>
    hints.filter(({ bundleId }) => bundleId === id).map(({ said }) => said);

  it('asks for tip accounts and the next leader', async () => {
    searcher = searcherAt(simnet.grpcAddress!);
    expect(await searcher.requestTipAccounts()).toContain(TIP_ACCOUNT.toBase58());
    const { slot, identity } = await searcher.requestNextLeader();
    expect(slot).toBeGreaterThan(await connection.getSlot('finalized'));
    expect(() => new PublicKey(identity)).not.toThrow();
  });

  it('sends a bundle, and hears what becomes of it', async () => {
    const hints = await hear();
    const { wire, signature } = await paying(1_000_000);
    const id = await searcher.submitBundle([wire]);
    expect((await landed(simnet.url, signature)).err).toBeNull();
    await expect
      .poll(() => saidOf(hints, id), SOON)
      .toEqual(['accepted', 'processed', 'finalized']);
  });

  it('hears why a bundle did not land, and which transaction it was', async () => {
    const hints = await hear();
    const { wire, signature } = await paying(10 ** 15);
    const id = await searcher.submitBundle([wire]);
    await expect.poll(() => saidOf(hints, id), SOON).toEqual(['accepted', 'rejected']);
    const refusal = hints.find((hint) => hint.bundleId === id && hint.said === 'rejected');
    expect(refusal).toEqual({
      bundleId: id,
      said: 'rejected',
      why: 'simulation failed',
      signature,
    });
    await rpc(simnet.url, 'simnet_fault', { kind: 'fork', count: 1 });
    const orphan = await searcher.submitBundle([(await paying(1_000_000)).wire]);
    await expect
      .poll(() => saidOf(hints, orphan), SOON)
      .toEqual(['accepted', 'processed', 'dropped']);
    const end = hints.find((hint) => hint.bundleId === orphan && hint.said === 'dropped');
    expect(end?.why).toBe('not finalized');
    await rpc(simnet.url, 'simnet_clearFaults');
  });

  it('throws a refusal as final, and a limit as worth another try', async () => {
    searcher = searcherAt(simnet.grpcAddress!);
    const { wire } = await paying(1_000_000);
    await expect(searcher.submitBundle([])).rejects.toMatchObject({
      code: 'chain/refused',
      context: { method: 'sendBundle', code: status.INVALID_ARGUMENT },
      retryable: false,
    });
    // jito-ts would let six pass, were they given to the bundle's constructor.
    await expect(searcher.submitBundle([wire, wire, wire, wire, wire, wire])).rejects.toMatchObject(
      { code: 'chain/refused', context: { message: expect.stringMatching(/limit of 5/) } },
    );
    const port = Number(simnet.grpcAddress!.split(':')[1]);
    await rpc(simnet.url, 'simnet_fault', { kind: 'limit', method: 'sendBundle', count: 1, port });
    await expect(searcher.submitBundle([wire])).rejects.toMatchObject({
      code: 'chain/unreachable',
      context: { url: simnet.grpcAddress, method: 'sendBundle' },
      retryable: true,
    });
    await searcher.submitBundle([wire]);
  });

  it('wakes the settlement watch by all but an acceptance, a lie too, and does no more', async () => {
    const woken: string[] = [];
    const warned: object[] = [];
    const told: object[] = [];
    const stop = await hearBundleResults({
      url: `http://${simnet.grpcAddress}`,
      watch: { wake: () => woken.push('look') },
      log: { debug: (hint: object) => told.push(hint), warn: (hint: object) => warned.push(hint) },
      onFault: (error) => faults.push(error as OvermindError),
    });
    searcher = searcherAt(simnet.grpcAddress!);
    await expect
      .poll(async () => {
        await searcher.submitBundle([(await paying(1_000_000)).wire]);
        return told.length;
      }, SOON)
      .toBeGreaterThan(0);
    await expect.poll(() => woken.length, SOON).toBeGreaterThan(0);
    expect(warned).toEqual([]);
    await rpc(simnet.url, 'simnet_fault', { kind: 'invalid-bundle', count: 1 });
    const { wire, signature } = await paying(1_000_000);
    const bundleId = await searcher.submitBundle([wire]);
    await expect.poll(() => warned, SOON).toMatchObject([{ bundleId, said: 'rejected' }]);
    expect((await landed(simnet.url, signature)).err).toBeNull();
    const accepted = (hint: object) => 'said' in hint && hint.said === 'accepted';
    expect(woken).toHaveLength(told.filter((hint) => !accepted(hint)).length + warned.length);
    stop();
    expect(faults).toEqual([]);
    const nobody = await hearBundleResults({
      url: undefined,
      watch: { wake: () => woken.push('never') },
      log: { debug: () => undefined, warn: () => undefined },
      onFault: (error) => faults.push(error as OvermindError),
    });
    nobody();
  });
});

describe('the searcher client at an engine that fails', () => {
  let server: Server;

  const serve = async (implementation: UntypedServiceImplementation, port = 0): Promise<number> => {
    server = new Server();
    server.addService(SearcherServiceService, implementation);
    return new Promise((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
  };
  const silent = () => undefined;
  const silentService: UntypedServiceImplementation = Object.fromEntries(
    Object.keys(SearcherServiceService).map((method) => [method, silent]),
  );
  afterEach(() => server.forceShutdown());

  it('waits no longer than its deadline', async () => {
    const searcher = searcherAt(`127.0.0.1:${await serve(silentService)}`);
    await expect(searcher.requestNextLeader()).rejects.toMatchObject({
      code: 'chain/unreachable',
      context: { method: 'getNextScheduledLeader', fault: expect.stringMatching(/Deadline/) },
    });
  });

  it('says that nobody is there', async () => {
    const port = await serve(silentService);
    server.forceShutdown();
    await expect(searcherAt(`127.0.0.1:${port}`).requestTipAccounts()).rejects.toMatchObject({
      code: 'chain/unreachable',
    });
  });

  it('opens a broken stream again, and tells of each break', async () => {
    const telling = (bundleId: string): UntypedServiceImplementation => ({
      ...silentService,
      subscribeBundleResults: (call: { write: (result: BundleResult) => void }) =>
        call.write({ bundleId, finalized: {} }),
    });
    const port = await serve(telling('before'));
    const hints: BundleHint[] = [];
    searcherAt(`127.0.0.1:${port}`).watchResults((hint) => hints.push(hint));
    await expect.poll(() => hints.length, SOON).toBe(1);
    server.forceShutdown();
    await expect.poll(() => faults.length, SOON).toBeGreaterThan(1); // The break, and a vain attempt.
    await serve(telling('after'), port);
    await expect.poll(() => hints.length, SOON).toBe(2);
    expect(hints.map(({ bundleId }) => bundleId)).toEqual(['before', 'after']);
    for (const { code } of faults) expect(code).toBe('chain/unreachable');
  });

  it('opens a stream again that the engine ended in peace', async () => {
    let opened = 0;
    const ending: UntypedServiceImplementation = {
      ...silentService,
      subscribeBundleResults: (call: { end: () => void }) => {
        opened += 1;
        call.end();
      },
    };
    const searcher = searcherAt(`127.0.0.1:${await serve(ending)}`);
    searcher.watchResults(() => undefined);
    await expect.poll(() => opened, SOON).toBeGreaterThan(2);
    searcher.close();
    const atClose = opened;
    // Thrice the longest pause: that nothing happens can only be waited for.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(opened).toBe(atClose);
  });
});
