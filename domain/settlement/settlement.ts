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
  /** What the transaction's own transfers paid. */
  readonly tip: Lamports;
  /** All other lamports that left the wallet: for accounts that had to be opened. */
  readonly rent: Lamports;
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
    rent: String(fill.rent),
  };
}

/** What an earlier version stored has no rent: it is in the tip. */
export const rentOf = ({ rent }: Partial<Pick<Wire<Fill>, 'rent'>>): string => rent ?? '0';

export function fillFromWire(wire: Wire<Fill>): Fill {
  return {
    ...wire,
    amountIn: tokenUnits(wholeNumber(wire.amountIn, 'fill.amountIn')),
    amountOut: tokenUnits(wholeNumber(wire.amountOut, 'fill.amountOut')),
    fee: lamports(wholeNumber(wire.fee, 'fill.fee')),
    tip: lamports(wholeNumber(wire.tip, 'fill.tip')),
    rent: lamports(wholeNumber(rentOf(wire), 'fill.rent')),
  };
}
