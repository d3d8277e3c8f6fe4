import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Permit, PermitFields } from '../../domain/risk/permit.ts';
import { permitIdOf } from '../../domain/shared/ids.ts';
import { lamports, tokenUnits } from '../../domain/shared/units.ts';

export const WALLET = '7JuwJuNU88gurFnyWeiyGKbFmExMWcmRZntn9imEzdny';
export const SOL = 'So11111111111111111111111111111111111111112';
export const USDC = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';

/** A buy of SOL for 0.1 USDC, entry, by the fast route. */
export function permitFor(over: Partial<PermitFields> = {}): Permit {
  const leg = over.leg ?? 'entry';
  const attempt = over.attempt ?? 1;
  return {
    id: permitIdOf('run-SOL-USDC-breakout-1', leg, attempt),
    leg,
    attempt,
    wallet: WALLET,
    market: 'SOL-USDC',
    side: 'buy',
    mintIn: USDC,
    mintOut: SOL,
    amountIn: tokenUnits(100_000n),
    minAmountOut: tokenUnits(1n),
    feeMax: lamports(50_000n),
    tipMax: lamports(20_000n),
    route: 'fast',
    reduceOnly: false,
    flattenOf: undefined,
    issuedAtMs: 0,
    validUntilMs: 10_000,
    validUntilHeight: 1_000,
    executorEpoch: 1,
    haltEpoch: 0,
    ...over,
  } as Permit; // Tests stand in for the gate.
}

/** 1,000,000 against 2,000,000 at 0.25 %, nothing kept. */
export function aPool(over: Partial<CpmmPool> = {}): CpmmPool {
  return {
    slot: 1,
    vault0: 1_000_000n,
    vault1: 2_000_000n,
    protocolFees0: 0n,
    protocolFees1: 0n,
    fundFees0: 0n,
    fundFees1: 0n,
    creatorFees0: 0n,
    creatorFees1: 0n,
    tradeFeeRate: 2_500n,
    protocolFeeRate: 120_000n,
    fundFeeRate: 40_000n,
    creatorFeeRate: 0n,
    creatorFeeEnabled: false,
    creatorFeeOn: 0,
    status: 0,
    openTime: 0n,
    ...over,
  };
}
