import type { MarketId, PermitId, Side } from '../shared/ids.ts';
import type { Lamports, TokenUnits } from '../shared/units.ts';

/** The truth from the chain about one permit. `unknown` is not a settlement: it is its absence. */
export type Settlement = {
  readonly permitId: PermitId;
  readonly kind: 'landed' | 'failed' | 'expired';
  readonly signature?: string;
  readonly slot?: number;
  readonly error?: string;
  readonly fill?: Fill;
  /** Wallet deltas of the transaction, one per asset (`SOL` = native lamports, else the mint). */
  readonly deltas: readonly AssetDelta[];
};

export type AssetDelta = { readonly asset: string; readonly amount: bigint };

/** Executed amounts, from the transaction's own pre and post balances. */
export type Fill = {
  readonly permitId: PermitId;
  readonly market: MarketId;
  readonly side: Side;
  readonly amountIn: TokenUnits;
  readonly amountOut: TokenUnits;
  /** Network fee, base and priority. */
  readonly fee: Lamports;
  /** All other lamports that left the wallet: tip and rent. */
  readonly tip: Lamports;
};
