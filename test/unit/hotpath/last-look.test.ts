import { describe, expect, it } from 'vitest';
import { createChainView, type ChainLimits } from '../../../hotpath/chain-view.ts';
import { createLastLook, type EpochView } from '../../../hotpath/last-look.ts';
import type { SigningLimits } from '../../../hotpath/signing-limits.ts';
import { lamports, tokenUnits } from '../../../domain/shared/units.ts';
import { permitFor, aPool, WALLET } from '../../support/permits.ts';

const LIMITS: ChainLimits = { slotsBehindMax: 10, silenceMsMax: 1_000, blocksLeftMin: 20 };
const control: EpochView = { executorEpoch: 5, haltEpoch: 3, halted: false };
const caps = { wallet: WALLET, tipMax: 20_000n, feeMax: 50_000n, buyMax: 1_000_000n };

/** A chain at height 100 and slot 200, told at monotonic time 0. */
function aChain(over: { height?: number; headSlot?: number; lastValidHeight?: number } = {}) {
  const chain = createChainView(LIMITS);
  chain.apply({ kind: 'link', connected: true, slot: 200 }, 0);
  chain.apply({ kind: 'pool', market: 'SOL-USDC', pool: aPool() }, 0);
  chain.apply(
    {
      kind: 'blockhash',
      blockhash: new Uint8Array(32),
      lastValidHeight: over.lastValidHeight ?? 250,
      height: over.height ?? 100,
      headSlot: over.headSlot ?? 200,
    },
    0,
  );
  return chain;
}

const look = (
  over: Parameters<typeof permitFor>[0],
  {
    chain = aChain(),
    epochs = control,
    wallMs = 1_000,
    monotonicMs = 0,
    broken,
  }: {
    chain?: ReturnType<typeof aChain>;
    epochs?: EpochView;
    wallMs?: number;
    monotonicMs?: number;
    broken?: ReturnType<SigningLimits['brokenBy']>;
  } = {},
) =>
  createLastLook({
    control: epochs,
    chain,
    caps,
    limits: { brokenBy: () => broken },
    baseIsToken0: new Map([['SOL-USDC', true]]),
  })(permitFor({ executorEpoch: 5, haltEpoch: 3, ...over }), { wallMs, monotonicMs });

const halted = { ...control, halted: true };

describe('last look', () => {
  it('lets a good permit pass', () => expect(look({})).toBeUndefined());

  it.each([
    ['an older executor epoch is uncertain, never refused', { executorEpoch: 4 }, 'uncertain'],
    ['a newer executor epoch ends this executor', { executorEpoch: 6 }, 'superseded'],
    ['an older halt epoch', { haltEpoch: 2 }, 'old-epoch'],
    ['a halt epoch not known here', { haltEpoch: 4 }, 'old-epoch'],
    ['the last moment', { validUntilMs: 1_001 }, undefined],
    ['its end', { validUntilMs: 1_000 }, 'expired'],
    ['its last height', { validUntilHeight: 100 }, undefined],
    ['one height later', { validUntilHeight: 99 }, 'expired'],
    ['another wallet', { wallet: 'So11111111111111111111111111111111111111112' }, 'over-cap'],
    ['the tip cap', { tipMax: lamports(20_000n) }, undefined],
    ['one above the tip cap', { tipMax: lamports(20_001n) }, 'over-cap'],
    ['the smallest tip', { tipMax: lamports(1_000n) }, undefined],
    ['a tip nobody takes', { tipMax: lamports(999n) }, 'over-cap'],
    ['the fee cap', { feeMax: lamports(50_000n) }, undefined],
    ['one above the fee cap', { feeMax: lamports(50_001n) }, 'over-cap'],
    ['just the signature fee', { feeMax: lamports(5_000n) }, undefined],
    ['less than the signature fee', { feeMax: lamports(4_999n) }, 'over-cap'],
    ['the largest buy', { amountIn: tokenUnits(1_000_000n) }, undefined],
    ['one above the largest buy', { amountIn: tokenUnits(1_000_001n) }, 'over-cap'],
    ['an unknown market', { market: 'XXX-USDC' }, 'stale-chain'],
    ['nothing wanted in return', { minAmountOut: tokenUnits(0n) }, 'worse-price'],
  ] as const)('%s', (_case, over, expected) => expect(look(over)).toBe(expected));

  it('takes exactly what the pool pays', () => {
    // 100,000 of token 1 into 1,000,000 / 2,000,000 at 0.25 %.
    const quoted = (99_750n * 1_000_000n) / 2_099_750n;
    const buy = { amountIn: tokenUnits(100_000n) };
    expect(look({ ...buy, minAmountOut: tokenUnits(quoted) })).toBeUndefined();
    expect(look({ ...buy, minAmountOut: tokenUnits(quoted + 1n) })).toBe('worse-price');
  });

  it('admits in a halt only the flatten of this very halt', () => {
    const flatten = { reduceOnly: true, flattenOf: 3 };
    expect(look({}, { epochs: halted })).toBe('halted');
    expect(look(flatten, { epochs: halted })).toBeUndefined();
    expect(look({ ...flatten, flattenOf: 2 }, { epochs: halted })).toBe('halted');
    expect(look({ ...flatten, reduceOnly: false }, { epochs: halted })).toBe('halted');
  });

  it('gives the first reason in the order of the protocol', () => {
    const everything = {
      executorEpoch: 4,
      haltEpoch: 2,
      validUntilMs: 0,
      tipMax: lamports(999_999n),
      market: 'XXX-USDC',
      minAmountOut: tokenUnits(2n ** 60n),
    };
    const steps: readonly [Parameters<typeof permitFor>[0], string][] = [
      [{}, 'uncertain'],
      [{ executorEpoch: 5 }, 'halted'],
      [{ reduceOnly: true, flattenOf: 3 }, 'old-epoch'],
      [{ haltEpoch: 3 }, 'expired'],
      [{ validUntilMs: 10_000 }, 'over-cap'],
      [{ tipMax: lamports(20_000n) }, 'stale-chain'],
      [{ market: 'SOL-USDC' }, 'worse-price'],
    ];
    let over: Parameters<typeof permitFor>[0] = everything;
    for (const [mend, reason] of steps) {
      over = { ...over, ...mend };
      expect(look(over, { epochs: halted })).toBe(reason);
    }
  });

  it.each(['over-rate', 'over-in-flight', 'repeated'] as const)(
    'says %s after the caps of the permit and before the chain is asked',
    (broken) => {
      expect(look({}, { broken })).toBe(broken);
      expect(look({ market: 'XXX-USDC' }, { broken })).toBe(broken);
      expect(look({ tipMax: lamports(20_001n) }, { broken })).toBe('over-cap');
    },
  );

  it('asks the limits at its own moment and height', () => {
    const asked: unknown[] = [];
    const limits = {
      brokenBy: (...question: readonly unknown[]) => void asked.push(question.slice(1)),
    };
    const baseIsToken0 = new Map([['SOL-USDC', true]]);
    const lastLook = createLastLook({ control, chain: aChain(), caps, limits, baseIsToken0 });
    lastLook(permitFor({ executorEpoch: 5, haltEpoch: 3 }), { wallMs: 1_000, monotonicMs: 77 });
    expect(asked).toEqual([[77, 100]]);
  });

  it.each([
    ['at the silence limit', { monotonicMs: 1_000 }, undefined],
    ['one ms past it', { monotonicMs: 1_001 }, 'stale-chain'],
    ['ten slots behind', { chain: aChain({ headSlot: 210 }) }, undefined],
    ['eleven slots behind', { chain: aChain({ headSlot: 211 }) }, 'stale-chain'],
    ['twenty blocks of life left', { chain: aChain({ lastValidHeight: 120 }) }, undefined],
    ['nineteen', { chain: aChain({ lastValidHeight: 119 }) }, 'stale-chain'],
  ])('is fresh or not: %s', (_case, at, expected) => expect(look({}, at)).toBe(expected));

  it('believes no pool of before a gap', () => {
    const chain = aChain();
    chain.apply({ kind: 'link', connected: false, slot: 201 }, 0);
    chain.apply({ kind: 'link', connected: true, slot: 202 }, 0);
    expect(look({}, { chain })).toBe('stale-chain');
    chain.apply({ kind: 'pool', market: 'SOL-USDC', pool: aPool() }, 0);
    expect(look({}, { chain })).toBeUndefined();
  });
});
