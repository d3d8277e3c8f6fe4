import type { Brand } from '../shared/brand.ts';
import type { Leg, MarketId, PermitId, Side } from '../shared/ids.ts';
import type { Lamports, TokenUnits } from '../shared/units.ts';

export type Route = 'protected' | 'fast';

/** A signal that risk approved: single use, bounded, expiring, authenticated. Only the gate makes one. */
export type Permit = Brand<PermitFields, 'Permit'>;

/** In the order of the wire. Public keys are base58. */
export type PermitFields = {
  readonly id: PermitId;
  readonly leg: Leg;
  readonly attempt: number;
  readonly wallet: string;
  readonly market: MarketId;
  readonly side: Side;
  readonly mintIn: string;
  readonly mintOut: string;
  readonly amountIn: TokenUnits;
  readonly minAmountOut: TokenUnits;
  /** Most that may be paid in network fees, tip excluded. */
  readonly feeMax: Lamports;
  readonly tipMax: Lamports;
  readonly route: Route;
  readonly reduceOnly: boolean;
  /** The halt epoch whose flatten this permit serves, else undefined. */
  readonly flattenOf: number | undefined;
  readonly issuedAtMs: number;
  readonly validUntilMs: number;
  readonly validUntilHeight: number;
  readonly executorEpoch: number;
  readonly haltEpoch: number;
};
