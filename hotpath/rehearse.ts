import type { SwapTemplate } from '../domain/execution/swap-template.ts';
import type { CpmmPool } from '../domain/execution/venues/raydium-cpmm.ts';
import { encodePermit } from '../domain/risk/permit-codec.ts';
import { permitIdOf } from '../domain/shared/ids.ts';
import { lamports, quoteUnits, tokenUnits } from '../domain/shared/units.ts';
import type { ChainView } from './chain-view.ts';
import { encodeRecord, HASH_BYTES, RECORD_BYTES_MAX } from './journal-record.ts';
import { createLastLook, type Caps } from './last-look.ts';
import { createPipeline, type PipelineDeps } from './pipeline.ts';
import { createSeen } from './seen.ts';
import { createSigningLimits, type SigningLimitValues } from './signing-limits.ts';
import { createStages } from './stages.ts';

export type RehearseDeps = Pick<PipelineDeps, 'templates' | 'signer' | 'clock' | 'nowNs'> & {
  readonly mac: PipelineDeps['mac'] & { sign(p: string): string };
  readonly swaps: readonly SwapTemplate[];
  readonly wallet: string;
  /** As the executor's own; what the rehearsal counts is forgotten with it. */
  readonly signing: SigningLimitValues;
};

/** Enough for the compiler to have seen everything; the control socket is served in between. */
const PASSES_MAX = 400;
const PASSES_A_TURN = 20;
/** A restart must not become slower than it is cold. */
const LIMIT_MS = 250;

const ROOM_FOR_ALL = {
  signaturesPerMinuteMax: PASSES_MAX + 1,
  repeatsMax: PASSES_MAX + 1,
  inFlightMax: quoteUnits(10n ** 18n),
};

/** A blockhash of zeros: what is signed here could never land. */
const BLOCKHASH = { bytes: new Uint8Array(32), lastValidHeight: 1 };
const POOL: CpmmPool = {
  slot: 1,
  vault0: 10n ** 15n,
  vault1: 10n ** 15n,
  protocolFees0: 1n,
  protocolFees1: 1n,
  fundFees0: 1n,
  fundFees1: 1n,
  creatorFees0: 0n,
  creatorFees1: 0n,
  tradeFeeRate: 2_500n,
  protocolFeeRate: 120_000n,
  fundFeeRate: 40_000n,
  creatorFeeRate: 0n,
  creatorFeeEnabled: false,
  creatorFeeOn: 0,
  status: 0,
  openTime: 0n,
};

export type Rehearsal = {
  /** Before the first real permit: code that was never run costs twenty times as much. Answers with how many were signed. */
  rehearse(): Promise<number>;
  /** One more, a moment ago to the caches of the processor. */
  pass(): void;
};

/**
 * Sends made-up permits through the path. MAC, templates and signer are the real ones; pool,
 * journal, sender and everything that remembers are of the rehearsal alone, so nothing of it can
 * leave or be recorded.
 */
export function openRehearsal(deps: RehearseDeps): Rehearsal {
  const { mac, swaps, wallet, clock } = deps;
  const [first] = swaps;
  let path = createPath(deps);
  let passes = 0;
  let signed = 0;
  const pass = (): void => {
    if (!first) return;
    // What a path remembers of its passes is bounded, as is what it lets pass.
    if (passes > 0 && passes % PASSES_MAX === 0) path = createPath(deps);
    const p = encodePermit(permitOf(swaps[passes % swaps.length] ?? first, wallet, passes));
    const before = path.signed();
    path.execute({ entryId: `${passes}-0`, p, m: mac.sign(p), t: '1' }, deps.nowNs());
    signed += path.signed() - before;
    passes += 1;
  };
  return {
    pass,
    async rehearse() {
      const endMs = clock().monotonicMs + LIMIT_MS;
      while (first && passes < PASSES_MAX && clock().monotonicMs < endMs) {
        pass();
        if (passes % PASSES_A_TURN === 1) await new Promise((resolve) => setImmediate(resolve));
      }
      return signed;
    },
  };
}

function createPath({ swaps, wallet, signing, ...real }: RehearseDeps) {
  // Each pass is one more of the same, which the real values would refuse before the signature.
  const limits = createSigningLimits(
    { ...signing, ...ROOM_FOR_ALL, buysPerMinuteMax: quoteUnits(10n ** 18n) },
    PASSES_MAX,
  );
  const scratch = Buffer.alloc(RECORD_BYTES_MAX);
  const hash = Buffer.alloc(HASH_BYTES);
  const control = { executorEpoch: 1, haltEpoch: 0, halted: false };
  const caps: Caps = { wallet, tipMax: 1_000_000n, feeMax: 1_000_000n, buyMax: 10n ** 18n };
  const chain: ChainView = {
    apply: unexpected,
    poolOf: () => POOL,
    isFresh: () => true,
    blockhash: () => BLOCKHASH,
    tipFloor: () => undefined,
    height: 0,
    headSlot: 0,
  };
  const baseIsToken0 = new Map(swaps.map(({ market }) => [market, true]));
  let sequence = 0;
  const execute = createPipeline({
    ...real,
    chain,
    seen: createSeen(),
    lastLook: createLastLook({ control, chain, caps, limits, baseIsToken0 }),
    limits,
    stages: createStages(),
    journal: {
      append(record) {
        sequence += 1;
        encodeRecord({ ...record, sequence, durableSequence: 0 }, hash, scratch);
      },
      index: { find: () => undefined },
    },
    control: { ...control, leaseHolds: () => true, halt: unexpected },
    sender: { blockedBy: () => undefined, send: () => 1 },
    reporter: { report: (report) => void JSON.stringify(report), acknowledge() {} },
    superseded: unexpected,
  });
  return { execute, signed: () => sequence };
}

function permitOf(
  { market, side, route, mintIn, mintOut }: SwapTemplate,
  wallet: string,
  n: number,
) {
  return {
    id: permitIdOf(`rehearsal-${market}-${n}`, 'entry', 1),
    leg: 'entry' as const,
    attempt: 1,
    wallet,
    market,
    side,
    mintIn,
    mintOut,
    amountIn: tokenUnits(1_000_000n + BigInt(n)),
    minAmountOut: tokenUnits(1n),
    feeMax: lamports(50_000n),
    tipMax: lamports(1_000_000n),
    route,
    reduceOnly: false,
    flattenOf: undefined,
    issuedAtMs: 1,
    validUntilMs: Number.MAX_SAFE_INTEGER,
    validUntilHeight: 1,
    executorEpoch: 1,
    haltEpoch: 0,
  };
}

function unexpected(): never {
  throw new Error('a rehearsal does not do this');
}
