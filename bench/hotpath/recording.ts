import { randomBytes, generateKeyPairSync } from 'node:crypto';
import { createPermitMac } from '../../adapters/secrets/permit-mac.ts';
import { createSigner } from '../../adapters/secrets/signer.ts';
import { compileSwapTemplates } from '../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { loadMarkets } from '../../config/markets.ts';
import { encodePermit } from '../../domain/risk/permit-codec.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';
import { admitTemplates } from '../../hotpath/admit-template.ts';
import { createPipeline } from '../../hotpath/pipeline.ts';
import { createSeen } from '../../hotpath/seen.ts';
import { createStages, type Stages } from '../../hotpath/stages.ts';
import { createTemplates, tipsByRoute } from '../../hotpath/templates.ts';
import { aPermit } from '../../test/support/executor.ts';
import { median } from '../shared/figures.ts';
import { MARKET } from './names.ts';

const TURNS = 60;
const PERMITS_A_TURN = 200;

/** Records nothing: what the path would cost if nobody watched it. */
const UNWATCHED: Pick<Stages, 'record' | 'count'> = { record() {}, count() {} };

/**
 * The path with its histograms and without, in turns on this thread: MAC, template, signature and
 * report are real, while sockets and disk, which would hide the difference, take nothing.
 */
export function measureRecording(): { readonly withNs: number; readonly withoutNs: number } {
  const withStages: number[] = [];
  const without: number[] = [];
  const watched = createPath(createStages());
  const unwatched = createPath(UNWATCHED);
  for (let turn = 0; turn < TURNS; turn++) {
    withStages.push(watched(turn));
    without.push(unwatched(turn));
  }
  // The first third is spent compiling.
  const settled = (values: readonly number[]): number => median(values.slice(TURNS / 3));
  return { withNs: settled(withStages), withoutNs: settled(without) };
}

/** Answers with the ns a permit took, over one turn. */
function createPath(stages: Pick<Stages, 'record' | 'count'>): (turn: number) => number {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
  const publicBytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  const wallet = encodeBase58(publicBytes);
  const mac = createPermitMac(randomBytes(32));
  const markets = loadMarkets([MARKET]);
  const execute = createPipeline({
    limits: { record() {} },
    mac,
    seen: createSeen(),
    lastLook: () => undefined,
    templates: createTemplates({
      templates: admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets }),
      tips: tipsByRoute([randomBytes(32)]),
      unitPrice: 1_000n,
    }),
    signer: createSigner(Buffer.concat([seed, publicBytes])),
    journal: { append() {}, index: { find: () => undefined } },
    control: {
      executorEpoch: 1,
      haltEpoch: 0,
      halted: false,
      leaseHolds: () => true,
      halt: () => ({ fenced: true, haltEpoch: 1, stopId: '' }),
    },
    chain: { blockhash: () => ({ bytes: randomBytes(32), lastValidHeight: 300 }) },
    sender: { blockedBy: () => undefined, send: () => 1 },
    reporter: { report() {}, acknowledge() {} },
    stages,
    clock: () => ({
      wallMs: Date.now(),
      monotonicMs: performance.now(),
      ns: process.hrtime.bigint(),
    }),
    nowNs: () => process.hrtime.bigint(),
    superseded() {},
  });
  return (turn) => {
    const entries = Array.from({ length: PERMITS_A_TURN }, (_, n) => {
      const p = encodePermit(aPermit({ wallet, market: MARKET }, `${turn}-${n}`));
      return { entryId: `${turn}-${n}`, p, m: mac.sign(p), t: '1' };
    });
    const begun = process.hrtime.bigint();
    for (const entry of entries) execute(entry, begun);
    return Number(process.hrtime.bigint() - begun) / PERMITS_A_TURN;
  };
}
