import nacl from 'tweetnacl';
import { afterEach, describe, expect, it } from 'vitest';
import { createPermitMac } from '../../../adapters/secrets/permit-mac.ts';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import {
  createRawHttpSender,
  type Endpoint,
  type RawHttpSender,
} from '../../../adapters/senders/raw-http-sender.ts';
import { senderTipAccounts } from '../../../adapters/senders/tip-accounts.ts';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import type { Route } from '../../../domain/risk/permit.ts';
import { decodeBase58, encodeBase58 } from '../../../domain/shared/base58.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { createPipeline } from '../../../hotpath/pipeline.ts';
import { createSeen } from '../../../hotpath/seen.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';
import { permitFor } from '../../support/permits.ts';
import { openEndpoint, TAKEN, type ScriptedEndpoint } from '../../support/scripted-endpoint.ts';

const SOON = { timeout: 10_000, interval: 10 };
const JITO_ACCOUNT = decodeBase58('96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5', 32);
const KINDS = ['jito', 'jito', 'helius-sender', 'rpc', 'rpc'] as const;
const mac = createPermitMac(Buffer.alloc(32, 9));
const keypair = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(7));
const wallet = encodeBase58(keypair.publicKey);
const [market] = loadMarkets(['SOL-USDC']);

let endpoints: readonly ScriptedEndpoint[] = [];
let sender: RawHttpSender | undefined;
afterEach(() => {
  sender?.close();
  for (const endpoint of endpoints) endpoint.close();
});

/** The pipeline as it is shipped, with its own templates, keys and sockets; the rest says yes. */
async function aPipeline() {
  if (!market || !JITO_ACCOUNT) throw new Error('both are known');
  endpoints = await Promise.all(
    KINDS.map(() => openEndpoint({ answer: (_asked, socket) => void socket.write(TAKEN) })),
  );
  const to = endpoints.map(({ url }, at): Endpoint => ({
    url,
    kind: KINDS[at] ?? 'rpc',
    requestsPerSecond: 100,
  }));
  const opened = createRawHttpSender({
    endpoints: to,
    pingEveryMs: 60_000,
    connectionsPerEndpoint: 2,
  });
  sender = opened;
  const connections = () => endpoints.map((endpoint) => endpoint.sockets().length);
  await expect.poll(connections, SOON).toEqual([4, 4, 2, 2, 2]);
  await expect.poll(() => opened.isWarm('fast') && opened.isWarm('protected'), SOON).toBe(true);

  const journal: string[] = [];
  const reports: (string | undefined)[] = [];
  const execute = createPipeline({
    mac,
    seen: createSeen(),
    lastLook: () => undefined,
    chain: { blockhash: () => ({ bytes: new Uint8Array(32).fill(3), lastValidHeight: 300 }) },
    templates: createTemplates({
      templates: admitTemplates(compileSwapTemplates(wallet, [market]), {
        wallet,
        markets: [market],
      }),
      tips: tipsByRoute([JITO_ACCOUNT], { accounts: senderTipAccounts(), tipMin: 5_000n }),
      unitPrice: 50_000n,
    }),
    signer: createSigner(Buffer.from(keypair.secretKey)),
    limits: { record: () => {} },
    journal: {
      append: ({ bytes }) => void journal.push(Buffer.from(bytes).toString('base64')),
      index: { find: () => undefined },
    },
    control: {
      executorEpoch: 1,
      haltEpoch: 0,
      halted: false,
      leaseHolds: () => true,
      halt: unexpected,
    },
    sender: opened,
    reporter: { report: ({ signature }) => void reports.push(signature), acknowledge: unexpected },
    stages: { record: () => {}, count: () => {} },
    clock: () => ({ wallMs: 1_000, monotonicMs: 0, ns: 1n }),
    nowNs: () => 1n,
    superseded: unexpected,
  });
  return { execute, journal, reports };
}

function unexpected(): never {
  throw new Error('this call was not expected');
}

function entryOf(route: Route, attempt: number) {
  if (!market) throw new Error('it is registered');
  const [mintIn, mintOut] = [market.quote.mint, market.base.mint];
  const shape = {
    wallet,
    market: market.id,
    side: 'buy',
    mintIn,
    mintOut,
    route,
    attempt,
  } as const;
  const p = encodePermit(permitFor({ ...shape, validUntilMs: 10_000 }));
  return { entryId: `${attempt}-0`, p, m: mac.sign(p), t: '17' };
}

describe('the bytes of a permit', () => {
  it('are the journal’s at every endpoint of its route, and at no other', async () => {
    const { execute, journal, reports } = await aPipeline();
    execute(entryOf('fast', 1), 0n);
    await expect
      .poll(() => endpoints.map((one) => one.asked.length), SOON)
      .toEqual([1, 1, 1, 1, 1]);
    execute(entryOf('protected', 2), 0n);
    await expect
      .poll(() => endpoints.map((one) => one.asked.length), SOON)
      .toEqual([2, 2, 1, 1, 1]);

    const [fast = '', bundled = ''] = journal;
    expect(journal).toHaveLength(2);
    expect(endpoints.map((one) => one.transactions())).toEqual([
      [fast, bundled],
      [fast, bundled],
      [fast],
      [fast],
      [fast],
    ]);
    expect(endpoints.map((one) => one.asked.map(({ path }) => path))).toEqual([
      ['/api/v1/transactions', '/api/v1/bundles'],
      ['/api/v1/transactions', '/api/v1/bundles'],
      ['/fast'],
      ['/'],
      ['/'],
    ]);
    expect(reports).toEqual(journal.map((text) => encodeBase58(bytesOf(text).subarray(1, 65))));
  });

  it('are signed as they are, and pay whom their route tips', async () => {
    const { execute, journal } = await aPipeline();
    execute(entryOf('fast', 1), 0n);
    execute(entryOf('protected', 2), 0n);
    const [fast, bundled] = journal.map(bytesOf);
    if (!fast || !bundled) throw new Error('both are in the journal');
    for (const wire of [fast, bundled]) {
      const [signature, message] = [wire.subarray(1, 65), wire.subarray(65)];
      expect(nacl.sign.detached.verify(message, signature, keypair.publicKey)).toBe(true);
    }
    const paysSender = (wire: Buffer) =>
      senderTipAccounts().filter((key) => wire.includes(Buffer.from(key))).length;
    const paysJito = (wire: Buffer) => wire.includes(Buffer.from(JITO_ACCOUNT ?? []));
    expect([paysSender(fast), paysJito(fast)]).toEqual([1, false]);
    expect([paysSender(bundled), paysJito(bundled)]).toEqual([0, true]);
  });
});

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');
