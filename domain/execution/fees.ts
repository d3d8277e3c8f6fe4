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
 * The tip of a permit, at most its cap. Its low digits follow from the permit's id, so that two
 * equal swaps have different signatures and a transaction found in the wallet's history can be told
 * apart. Near `wanted`, where a size is: the first such tip from there up, or the last below the
 * cap. Otherwise anywhere in the upper half of the cap. Undefined when the cap is below the
 * smallest tip.
 */
export function tipFor(id: PermitId, tipMax: bigint, wanted?: bigint): bigint | undefined {
  if (tipMax < TIP_MIN) return undefined;
  if (wanted !== undefined) {
    const { step, digits } = markOf(id, tipMax);
    const from = wanted < TIP_MIN ? TIP_MIN : wanted < tipMax ? wanted : tipMax;
    const above = from + ((((digits - from) % step) + step) % step);
    const tip = above <= tipMax ? above : above - step;
    if (tip >= TIP_MIN) return tip;
  }
  const half = tipMax / 2n;
  const floor = half > TIP_MIN ? half : TIP_MIN;
  return floor + (BigInt(hashOf(id)) % (tipMax - floor + 1n));
}

/** Whether `tip` may be that of this permit, whatever size was wanted when it was built. */
export function isTipOf(id: PermitId, tipMax: bigint, tip: bigint): boolean {
  if (tip < TIP_MIN || tip > tipMax) return false;
  const { step, digits } = markOf(id, tipMax);
  return tip % step === digits || tip === tipFor(id, tipMax);
}

/**
 * The low digits that mark a permit, and the power of ten above them: the largest that is at most a
 * tenth of the cap, so that a tip misses the wanted one by less than that. Whoever looks for the
 * mark knows the cap, but not what was wanted.
 */
function markOf(id: PermitId, tipMax: bigint): { readonly step: bigint; readonly digits: bigint } {
  let step = 1n;
  while (step * 100n <= tipMax) step *= 10n;
  return { step, digits: BigInt(mixed(hashOf(id))) % step };
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

/** Murmur3's last step: ids that differ in their last letters alone are as far apart as any. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
