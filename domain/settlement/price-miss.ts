import type { RefusalReason } from '../execution/execution-report.ts';

/** The venue's own code for "less than the minimum would come out"; `slippage` for simulators. */
const SLIPPAGE_ERROR = /\b6005\b|slippage/i;

/**
 * Whether an attempt ended because the price had moved away. Only then may the next attempt of an
 * exit ask for less: any other fault would repeat at a worse price, too.
 */
export function isPriceMiss(refusal?: RefusalReason, chainError?: string): boolean {
  return refusal === 'worse-price' || (chainError !== undefined && SLIPPAGE_ERROR.test(chainError));
}
