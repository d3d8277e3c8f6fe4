import type { MarketId, PermitId, Side } from '../shared/ids.ts';
import { lamports, tokenUnits, type Lamports, type TokenUnits } from '../shared/units.ts';
import { wholeNumber } from '../shared/whole-number.ts';
import type { Wire } from '../shared/wire.ts';

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

export function settlementToWire(settlement: Settlement): Wire<Settlement> {
  const { fill, deltas, ...rest } = settlement;
  return {
    ...rest,
    ...(fill ? { fill: fillToWire(fill) } : {}),
    deltas: deltas.map(({ asset, amount }) => ({ asset, amount: String(amount) })),
  };
}

/** Throws `input/invalid` that names the field. */
export function settlementFromWire(wire: Wire<Settlement>): Settlement {
  const { fill, deltas, ...rest } = wire;
  return {
    ...rest,
    ...(fill ? { fill: fillFromWire(fill) } : {}),
    deltas: deltas.map(({ asset, amount }) => ({
      asset,
      amount: wholeNumber(amount, `delta.${asset}`),
    })),
  };
}

export function fillToWire(fill: Fill): Wire<Fill> {
  return {
    ...fill,
    amountIn: String(fill.amountIn),
    amountOut: String(fill.amountOut),
    fee: String(fill.fee),
    tip: String(fill.tip),
  };
}

export function fillFromWire(wire: Wire<Fill>): Fill {
  return {
    ...wire,
    amountIn: tokenUnits(wholeNumber(wire.amountIn, 'fill.amountIn')),
    amountOut: tokenUnits(wholeNumber(wire.amountOut, 'fill.amountOut')),
    fee: lamports(wholeNumber(wire.fee, 'fill.fee')),
    tip: lamports(wholeNumber(wire.tip, 'fill.tip')),
  };
}
