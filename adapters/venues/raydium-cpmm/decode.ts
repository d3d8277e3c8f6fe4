import { OvermindError } from '../../../domain/shared/errors.ts';
import type { CpmmPool } from '../../../domain/execution/venues/raydium-cpmm.ts';

/** The fields of a PoolState account that a quote needs, and its identity as raw keys. */
export type CpmmPoolState = Pick<
  CpmmPool,
  | 'protocolFees0'
  | 'protocolFees1'
  | 'fundFees0'
  | 'fundFees1'
  | 'creatorFees0'
  | 'creatorFees1'
  | 'creatorFeeEnabled'
  | 'creatorFeeOn'
  | 'status'
  | 'openTime'
> & {
  readonly ammConfig: Buffer;
  readonly vault0: Buffer;
  readonly vault1: Buffer;
  readonly mint0: Buffer;
  readonly mint1: Buffer;
};

export type CpmmFeeRates = Pick<
  CpmmPool,
  'tradeFeeRate' | 'protocolFeeRate' | 'fundFeeRate' | 'creatorFeeRate'
>;

// Layouts of raydium-io/raydium-cp-swap@609780f1; discriminators are sha256("account:<Name>")[0..8].
const POOL_STATE = { bytes: 637, discriminator: Buffer.from('f7ede3f5d7c3de46', 'hex') };
const AMM_CONFIG = { bytes: 236, discriminator: Buffer.from('daf42168cbcb2b6f', 'hex') };
const TOKEN_ACCOUNT_BYTES = 165;

export function decodePoolState(account: string, data: Buffer): CpmmPoolState {
  check(account, data, POOL_STATE);
  return {
    ammConfig: data.subarray(8, 40),
    vault0: data.subarray(72, 104),
    vault1: data.subarray(104, 136),
    mint0: data.subarray(168, 200),
    mint1: data.subarray(200, 232),
    status: data.readUInt8(329),
    protocolFees0: data.readBigUInt64LE(341),
    protocolFees1: data.readBigUInt64LE(349),
    fundFees0: data.readBigUInt64LE(357),
    fundFees1: data.readBigUInt64LE(365),
    openTime: data.readBigUInt64LE(373),
    creatorFeeOn: data.readUInt8(389),
    creatorFeeEnabled: data.readUInt8(390) !== 0,
    creatorFees0: data.readBigUInt64LE(397),
    creatorFees1: data.readBigUInt64LE(405),
  };
}

export function decodeAmmConfig(account: string, data: Buffer): CpmmFeeRates {
  check(account, data, AMM_CONFIG);
  return {
    tradeFeeRate: data.readBigUInt64LE(12),
    protocolFeeRate: data.readBigUInt64LE(20),
    fundFeeRate: data.readBigUInt64LE(28),
    creatorFeeRate: data.readBigUInt64LE(108),
  };
}

/** Balance of an SPL token account. */
export function decodeTokenAmount(account: string, data: Buffer): bigint {
  if (data.length < TOKEN_ACCOUNT_BYTES) {
    throw unreadable(account, `${data.length} bytes, wants ${TOKEN_ACCOUNT_BYTES} or more`);
  }
  return data.readBigUInt64LE(64);
}

function check(
  account: string,
  data: Buffer,
  { bytes, discriminator }: { readonly bytes: number; readonly discriminator: Buffer },
): void {
  if (data.length < bytes) {
    throw unreadable(account, `${data.length} bytes, wants ${bytes} or more`);
  }
  if (!data.subarray(0, 8).equals(discriminator)) {
    throw unreadable(account, `discriminator ${data.subarray(0, 8).toString('hex')}`);
  }
}

function unreadable(account: string, fault: string): OvermindError {
  return new OvermindError('chain/unreadable', { account, fault });
}
