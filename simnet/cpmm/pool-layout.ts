import { createHash } from 'node:crypto';
import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';
import type { Account } from '../state/account.ts';

/** Raydium CPMM's accounts as simnet itself reads them: no code of the hot path's decoder. */
export const CPMM_PROGRAM = 'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C';
export const CPMM_AUTHORITY = 'GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL';

export const POOL_BYTES = 637;
export const CONFIG_BYTES = 236;
export const OBSERVATION_BYTES = 4_075;

export const POOL_TAG = anchorTag('account:PoolState');
export const CONFIG_TAG = anchorTag('account:AmmConfig');
export const OBSERVATION_TAG = anchorTag('account:ObservationState');

export function anchorTag(name: string): Buffer {
  return createHash('sha256').update(name).digest().subarray(0, 8);
}

export type PoolKeys = {
  readonly config: string;
  readonly vault0: string;
  readonly vault1: string;
  readonly mint0: string;
  readonly mint1: string;
  readonly program0: string;
  readonly program1: string;
  readonly observation: string;
};

/** What the pool keeps back from the liquidity providers, per token. */
export type FeeCounters = Pick<
  CpmmPool,
  'protocolFees0' | 'protocolFees1' | 'fundFees0' | 'fundFees1' | 'creatorFees0' | 'creatorFees1'
>;

export const COUNTER_OFFSETS: Readonly<Record<keyof FeeCounters, number>> = {
  protocolFees0: 341,
  protocolFees1: 349,
  fundFees0: 357,
  fundFees1: 365,
  creatorFees0: 397,
  creatorFees1: 405,
};

export function isPoolState(account: Account | undefined): account is Account {
  return (
    account?.owner === CPMM_PROGRAM &&
    account.data.length === POOL_BYTES &&
    POOL_TAG.equals(account.data.subarray(0, 8))
  );
}

export function readPoolKeys({ data }: Account): PoolKeys {
  const key = (at: number): string => encodeBase58(data.subarray(at, at + 32));
  return {
    config: key(8),
    vault0: key(72),
    vault1: key(104),
    mint0: key(168),
    mint1: key(200),
    program0: key(232),
    program1: key(264),
    observation: key(296),
  };
}

export function readFeeCounters(account: Account): FeeCounters {
  const data = Buffer.from(account.data);
  return {
    protocolFees0: data.readBigUInt64LE(COUNTER_OFFSETS.protocolFees0),
    protocolFees1: data.readBigUInt64LE(COUNTER_OFFSETS.protocolFees1),
    fundFees0: data.readBigUInt64LE(COUNTER_OFFSETS.fundFees0),
    fundFees1: data.readBigUInt64LE(COUNTER_OFFSETS.fundFees1),
    creatorFees0: data.readBigUInt64LE(COUNTER_OFFSETS.creatorFees0),
    creatorFees1: data.readBigUInt64LE(COUNTER_OFFSETS.creatorFees1),
  };
}

export function withFeeCounters(account: Account, counters: FeeCounters): Account {
  const data = Buffer.from(account.data);
  writeFeeCounters(data, counters);
  return { ...account, data };
}

export function writeFeeCounters(data: Buffer, counters: FeeCounters): void {
  data.writeBigUInt64LE(counters.protocolFees0, COUNTER_OFFSETS.protocolFees0);
  data.writeBigUInt64LE(counters.protocolFees1, COUNTER_OFFSETS.protocolFees1);
  data.writeBigUInt64LE(counters.fundFees0, COUNTER_OFFSETS.fundFees0);
  data.writeBigUInt64LE(counters.fundFees1, COUNTER_OFFSETS.fundFees1);
  data.writeBigUInt64LE(counters.creatorFees0, COUNTER_OFFSETS.creatorFees0);
  data.writeBigUInt64LE(counters.creatorFees1, COUNTER_OFFSETS.creatorFees1);
}

/** The pool as the venue's maths wants it, or undefined where config or vaults are not a pool's. */
export function readPool(
  account: Account,
  config: Account | undefined,
  vaults: { readonly vault0: bigint; readonly vault1: bigint },
): CpmmPool | undefined {
  if (config?.owner !== CPMM_PROGRAM || !CONFIG_TAG.equals(config.data.subarray(0, 8))) {
    return undefined;
  }
  const pool = Buffer.from(account.data);
  const rates = Buffer.from(config.data);
  return {
    slot: 0, // Simnet reads all accounts of one instant.
    ...vaults,
    ...readFeeCounters(account),
    tradeFeeRate: rates.readBigUInt64LE(12),
    protocolFeeRate: rates.readBigUInt64LE(20),
    fundFeeRate: rates.readBigUInt64LE(28),
    creatorFeeRate: rates.readBigUInt64LE(108),
    creatorFeeEnabled: pool[390] === 1,
    creatorFeeOn: pool[389] ?? 0,
    status: pool[329] ?? 0,
    openTime: pool.readBigUInt64LE(373),
  };
}
