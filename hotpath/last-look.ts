import { quoteBaseInput } from '../domain/execution/venues/raydium-cpmm.ts';
import type { RefusalReason } from '../domain/execution/execution-report.ts';
import { TIP_MIN, unitPriceFor } from '../domain/execution/fees.ts';
import type { Permit } from '../domain/risk/permit.ts';
import type { MarketId } from '../domain/shared/ids.ts';
import type { ChainView } from './chain-view.ts';
import type { SigningLimits } from './signing-limits.ts';

/** What one permit may ask of this executor, apart from what risk allowed. */
export type Caps = {
  readonly wallet: string;
  readonly tipMax: bigint;
  readonly feeMax: bigint;
  /** Most that one buy may put in, quote units. */
  readonly buyMax: bigint;
};

export type EpochView = {
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
};

export type LastLookDeps = {
  readonly control: EpochView;
  readonly chain: ChainView;
  readonly caps: Caps;
  /** What all permits together may ask of it. */
  readonly limits: Pick<SigningLimits, 'brokenBy'>;
  /** Per market: whether its base is token 0 on chain. */
  readonly baseIsToken0: ReadonlyMap<MarketId, boolean>;
};

/** `superseded`: a newer executor exists, so this one must touch nothing and end. */
export type Look = RefusalReason | 'uncertain' | 'superseded' | undefined;
export type LookTimes = { readonly wallMs: number; readonly monotonicMs: number };

/**
 * The last gate before money moves. Synchronous on purpose: an `await` here would let the halt flag
 * or the pool change between the look and the signature. The caller has put the permit into `seen`
 * before: whatever is said here is final, or a second copy could trade what this one refused.
 */
export function createLastLook(deps: LastLookDeps) {
  const { control, chain, caps, limits, baseIsToken0 } = deps;
  const quotedOut = (permit: Permit, wallMs: number): bigint => {
    const pool = chain.poolOf(permit.market);
    const base0 = baseIsToken0.get(permit.market);
    if (!pool || base0 === undefined) return 0n;
    const zeroForOne = (permit.side === 'sell') === base0;
    const seconds = BigInt(Math.floor(wallMs / 1_000));
    return quoteBaseInput(pool, zeroForOne, permit.amountIn, seconds)?.amountOut ?? 0n;
  };

  return function lastLook(permit: Permit, { wallMs, monotonicMs }: LookTimes): Look {
    if (permit.executorEpoch > control.executorEpoch) return 'superseded';
    // An earlier life may have sent it. Refusing would free a reservation that is still at risk.
    if (permit.executorEpoch !== control.executorEpoch) return 'uncertain';
    if (control.halted && !(permit.reduceOnly && permit.flattenOf === control.haltEpoch)) {
      return 'halted';
    }
    if (permit.haltEpoch !== control.haltEpoch) return 'old-epoch';
    // Two clocks: a wall clock can jump, and block height can stall.
    if (wallMs >= permit.validUntilMs || chain.height > permit.validUntilHeight) return 'expired';
    if (exceeds(permit, caps)) return 'over-cap';
    const broken = limits.brokenBy(permit, monotonicMs, chain.height);
    if (broken) return broken;
    if (!chain.isFresh(permit.market, monotonicMs) || !chain.blockhash(monotonicMs)) {
      return 'stale-chain';
    }
    // A permit that accepts nothing in return is a mistake of ours, not a bargain.
    if (permit.minAmountOut === 0n || quotedOut(permit, wallMs) < permit.minAmountOut) {
      return 'worse-price';
    }
    return undefined;
  };
}

function exceeds(permit: Permit, caps: Caps): boolean {
  return (
    permit.wallet !== caps.wallet ||
    permit.tipMax > caps.tipMax ||
    permit.tipMax < TIP_MIN ||
    permit.feeMax > caps.feeMax ||
    unitPriceFor(permit.feeMax, 0n) === undefined ||
    (permit.side === 'buy' && permit.amountIn > caps.buyMax)
  );
}
