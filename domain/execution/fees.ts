import type { PermitId } from '../shared/ids.ts';

/** Asked for, not used: a CPMM swap with tip takes about 34 k, and an oversized limit ranks lower. */
export const UNIT_LIMIT = 80_000;
/** The block engine ignores a smaller tip. */
export const TIP_MIN = 1_000n;
const SIGNATURE_FEE = 5_000n;
const MICRO = 1_000_000n;

/** Micro-lamports a compute unit, at most what `feeMax` leaves; undefined when not even the signature fits. */
export function unitPriceFor(feeMax: bigint, wanted: bigint): bigint | undefined {
  if (feeMax < SIGNATURE_FEE) return undefined;
  const affordable = ((feeMax - SIGNATURE_FEE) * MICRO) / BigInt(UNIT_LIMIT);
  return wanted < affordable ? wanted : affordable;
}

/**
 * The tip of a permit, in the upper half of its cap: the digits follow from the permit's id, so
 * that two equal swaps have different signatures and a transaction found in the wallet's history
 * can be told apart. Undefined when the cap is below the smallest tip.
 */
export function tipFor(id: PermitId, tipMax: bigint): bigint | undefined {
  if (tipMax < TIP_MIN) return undefined;
  const half = tipMax / 2n;
  const floor = half > TIP_MIN ? half : TIP_MIN;
  return floor + (BigInt(hashOf(id)) % (tipMax - floor + 1n));
}

/** Which of `count` tip accounts a permit pays: spreads the write locks. */
export function tipAccountIndexFor(id: PermitId, count: number): number {
  // Other bits than the tip's, or account and digits would go together.
  return (hashOf(id) >>> 24) % count;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
