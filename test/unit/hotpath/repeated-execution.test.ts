import { describe, expect, it } from 'vitest';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import { permitIdOf } from '../../../domain/shared/ids.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';
import { createChainView } from '../../../hotpath/chain-view.ts';
import { createLastLook } from '../../../hotpath/last-look.ts';
import { createPipeline } from '../../../hotpath/pipeline.ts';
import { createSeen } from '../../../hotpath/seen.ts';
import { createSigningLimits } from '../../../hotpath/signing-limits.ts';
import { aPool, permitFor, WALLET } from '../../support/permits.ts';

const HOUR = 3_600_000;
const LIMITS = {
  signaturesPerMinuteMax: 1_000_000,
  buysPerMinuteMax: quoteUnits(10n ** 15n),
  inFlightMax: quoteUnits(10n ** 15n),
  repeatsMax: 1_000_000,
  repeatsWindowMs: 60_000,
};

/** The shipped path with everything of it that decides; what it signs and sends is counted. */
function anExecutor(over: Partial<typeof LIMITS> = {}) {
  const limits = createSigningLimits({ ...LIMITS, ...over });
  const chain = createChainView({ slotsBehindMax: 10, silenceMsMax: 1_000, blocksLeftMin: 20 });
  const control = { executorEpoch: 1, haltEpoch: 0, halted: false };
  const caps = { wallet: WALLET, tipMax: 20_000n, feeMax: 50_000n, buyMax: 1_000_000n };
  const baseIsToken0 = new Map([['SOL-USDC', true]]);
  const reports: ExecutionReport[] = [];
  let signatures = 0;
  const now = { wallMs: 2 * HOUR, monotonicMs: 0 };
  const execute = createPipeline({
    mac: { verify: () => true },
    seen: createSeen(),
    lastLook: createLastLook({ control, chain, caps, limits, baseIsToken0 }),
    limits,
    chain,
    templates: {
      prepare() {
        const wire = Buffer.alloc(100, 1);
        return { wire, message: wire.subarray(65), signature: wire.subarray(1, 65) };
      },
    },
    signer: { sign: () => void (signatures += 1) },
    journal: { append: () => {}, index: { find: () => undefined } },
    control: { ...control, leaseHolds: () => true, halt: unexpected },
    sender: { blockedBy: () => undefined, send: () => 1 },
    reporter: { report: (report) => void reports.push(report), acknowledge: () => {} },
    stages: { record: () => {}, count: () => {} },
    clock: () => ({ ...now, ns: BigInt(Math.round(now.monotonicMs * 1e6)) }),
    nowNs: () => BigInt(Math.round(now.monotonicMs * 1e6)),
    superseded: unexpected,
  });
  let entries = 0;
  return {
    now,
    reports,
    signatures: () => signatures,
    deliver(signalId: string, attempt: number, leg: 'entry' | 'exit' = 'entry') {
      const height = 100 + Math.floor(now.monotonicMs / 400);
      chain.apply({ kind: 'link', connected: true, slot: height }, now.monotonicMs);
      chain.apply({ kind: 'pool', market: 'SOL-USDC', pool: aPool() }, now.monotonicMs);
      const blockhash = new Uint8Array(32);
      const heights = { height, headSlot: height, lastValidHeight: height + 150 };
      chain.apply({ kind: 'blockhash', blockhash, ...heights }, now.monotonicMs);
      const permit = permitFor({
        id: permitIdOf(signalId, leg, attempt),
        leg,
        attempt,
        ...(leg === 'exit' ? { side: 'sell', reduceOnly: true } : {}),
        validUntilMs: 10 * HOUR,
        validUntilHeight: 10 ** 9,
      });
      entries += 1;
      const p = encodePermit(permit);
      execute({ entryId: `${entries}-0`, p, m: 'm', t: undefined }, 0n);
    },
  };
}

function unexpected(): never {
  throw new Error('this call was not expected');
}

describe('an order that is executed again and again', () => {
  it('is signed once: 212 parents, each delivered and tried anew, make 212 signatures', () => {
    const executor = anExecutor();
    let delivered = 0;
    // 45 minutes, as on the first of August 2012; the same parents come round and round.
    for (let round = 1; round <= 30; round++) {
      for (let parent = 0; parent < 212; parent++) {
        for (let copy = 0; copy < 2; copy++) {
          executor.deliver(`run-SOL-USDC-breakout-${parent}`, round);
          delivered += 1;
        }
      }
      executor.now.monotonicMs += 90_000;
    }
    expect(delivered).toBe(12_720);
    expect(executor.signatures()).toBe(212);
    // Every attempt has one report: copies have none, and later attempts were refused as repeated.
    const refused = executor.reports.filter(({ reason }) => reason === 'repeated');
    expect([executor.reports.length, refused.length]).toEqual([212 * 30, 212 * 29]);
  });

  it('is held by the window even where every copy calls itself a new order', () => {
    const executor = anExecutor({ repeatsMax: 212 });
    for (let n = 0; n < 20_000; n++) {
      executor.deliver(`run-SOL-USDC-breakout-${n}`, 1);
      executor.now.monotonicMs += 2.9;
    }
    expect(executor.now.monotonicMs).toBeLessThan(LIMITS.repeatsWindowMs);
    expect(executor.signatures()).toBe(212);
  });

  it('is held alike when the wall clock is an hour ahead or behind', () => {
    const executor = anExecutor({ repeatsMax: 5 });
    const signedBy: number[] = [];
    for (const jump of [0, HOUR, -HOUR]) {
      executor.now.wallMs = 2 * HOUR + jump;
      for (let n = 0; n < 100; n++) executor.deliver(`run-SOL-USDC-x-${jump}-${n}`, 1);
      signedBy.push(executor.signatures());
    }
    executor.now.monotonicMs += LIMITS.repeatsWindowMs;
    for (let n = 0; n < 100; n++) executor.deliver(`run-SOL-USDC-later-${n}`, 1);
    expect([...signedBy, executor.signatures()]).toEqual([5, 5, 5, 10]);
  });

  it('is held when it is an exit, later than an entry, and only within the window', () => {
    const executor = anExecutor({ repeatsMax: 5 });
    const sellOn = (): number => {
      for (let n = 1; n <= 100; n++) {
        executor.deliver('run-SOL-USDC-breakout-1', n + executor.reports.length, 'exit');
      }
      return executor.signatures();
    };
    expect(sellOn()).toBe(10);
    executor.now.monotonicMs += LIMITS.repeatsWindowMs;
    expect(sellOn()).toBe(20);
  });
});
