import type { MarketId } from '../shared/ids.ts';
import type { QuoteUnits } from '../shared/units.ts';

/** One entry of the market registry. Addresses are base58. */
export type Market = {
  readonly id: MarketId;
  readonly venue: 'raydium-cpmm';
  readonly base: Token;
  readonly quote: Token;
  /** Venue accounts of the pool. token0 < token1 on chain may reverse base and quote. */
  readonly pool: PoolAddresses;
  /** Paper only: what the quote side of the pool holds when base is worth the same. */
  readonly paperDepth: QuoteUnits;
  readonly screens: readonly string[];
};

export type Token = { readonly symbol: string; readonly mint: string; readonly decimals: number };

export type PoolAddresses = {
  readonly pool: string;
  readonly ammConfig: string;
  readonly vault0: string;
  readonly vault1: string;
  readonly observation: string;
  readonly mint0: string;
  readonly mint1: string;
  /** True where token0 is the base token. */
  readonly baseIsToken0: boolean;
  /** Parts per million, as the pool's AmmConfig says. */
  readonly tradeFeeRate: number;
  readonly protocolFeeRate: number;
  readonly fundFeeRate: number;
};
