import type { CpmmPool } from '../execution/venues/raydium-cpmm.ts';
import type { MarketId } from '../shared/ids.ts';

export type PoolSnapshots = {
  /** The pool as it was at `slot` or later; undefined when that is not known in time. */
  waitForSlot(market: MarketId, slot: number, timeoutMs: number): Promise<CpmmPool | undefined>;
};
