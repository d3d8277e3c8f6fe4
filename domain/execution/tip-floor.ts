import { parseDecimal } from '../shared/decimal.ts';
import { TIP_MIN } from './fees.ts';

/** Of the tips of bundles that landed lately. */
export const TIP_PERCENTILES = ['25', '50', '75', '95', '99'] as const;
export type TipPercentile = (typeof TIP_PERCENTILES)[number];

const LAMPORTS_SCALE = 9;

/**
 * Lamports of an amount of SOL that came as a floating point number, as Jito gives its tips: by the
 * decimal text that the number stands for, rounded up, since a tip is ours to pay.
 */
export function lamportsOfSol(sol: number): bigint {
  const { digits, scale } = parseDecimal(String(sol), 'an amount in SOL');
  if (scale <= LAMPORTS_SCALE) return digits * 10n ** BigInt(LAMPORTS_SCALE - scale);
  const unit = 10n ** BigInt(scale - LAMPORTS_SCALE);
  return (digits + unit - 1n) / unit;
}

/** What a market of tips may make us pay: no less than counts, no more than the cap. */
export function clampTip(lamports: bigint, tipMax: bigint): bigint {
  if (lamports < TIP_MIN) return TIP_MIN;
  return lamports < tipMax ? lamports : tipMax;
}
