import { quoteBaseInput, type CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import type { Account } from '../state/account.ts';
import { readMintDecimals, readTokenAccount } from '../token/token-layout.ts';
import type { InstructionFault } from '../transaction/transaction-error.ts';
import {
  anchorTag,
  CPMM_AUTHORITY,
  isPoolState,
  readPool,
  readPoolKeys,
  type PoolKeys,
} from './pool-layout.ts';

const SWAP_BASE_INPUT_TAG = anchorTag('global:swap_base_input');
const ACCOUNTS = 13;

/** Anchor's own errors, then the program's. */
const ERROR = {
  unknownInstruction: 101,
  unreadableInstruction: 102,
  raw: 2003,
  address: 2012,
  wrongDiscriminator: 3002,
  tooFewAccounts: 3005,
  noSigner: 3010,
  notApproved: 6000,
  slippage: 6005,
  zeroTrading: 6006,
} as const;

/** One account of an instruction as the transaction presents it. */
export type AccountRef = { readonly index: number; readonly key: string; readonly signs: boolean };

export type SwapPlan = {
  readonly pool: string;
  readonly user: AccountRef;
  readonly from: AccountRef;
  readonly to: AccountRef;
  readonly vaultIn: AccountRef;
  readonly vaultOut: AccountRef;
  readonly programIn: AccountRef;
  readonly programOut: AccountRef;
  readonly mintIn: AccountRef;
  readonly mintOut: AccountRef;
  readonly decimalsIn: number;
  readonly decimalsOut: number;
  readonly amountIn: bigint;
  readonly amountOut: bigint;
  /** The pool once the swap is through. */
  readonly after: CpmmPool;
};

export type SwapView = {
  readonly read: (address: string) => Account | undefined;
  /** A pool that an earlier instruction of the same transaction has moved. */
  readonly moved: (pool: string) => CpmmPool | undefined;
  readonly unixSeconds: number;
};

/** What `swap_base_input` would do, or the error with which the program would refuse. */
export function planSwap(
  refs: readonly AccountRef[],
  data: Uint8Array,
  view: SwapView,
): SwapPlan | InstructionFault {
  if (!SWAP_BASE_INPUT_TAG.equals(data.subarray(0, 8))) return { Custom: ERROR.unknownInstruction };
  if (data.length < 24) return { Custom: ERROR.unreadableInstruction };
  if (refs.length < ACCOUNTS) return { Custom: ERROR.tooFewAccounts };
  // Thirteen are there: their order is the program's.
  const [user, authority, config, poolRef, from, to, vaultIn, vaultOut] = refs as Thirteen;
  const [, , , , , , , , programIn, programOut, mintIn, mintOut, observation] = refs as Thirteen;
  const poolAccount = view.read(poolRef.key);
  if (!user.signs) return { Custom: ERROR.noSigner };
  if (!isPoolState(poolAccount)) return { Custom: ERROR.wrongDiscriminator };
  const keys = readPoolKeys(poolAccount);
  const zeroForOne = vaultIn.key === keys.vault0;
  if (authority.key !== CPMM_AUTHORITY || config.key !== keys.config)
    return { Custom: ERROR.address };
  if (observation.key !== keys.observation) return { Custom: ERROR.address };
  if (
    !sidesMatch(keys, { zeroForOne, vaultIn, vaultOut, programIn, programOut, mintIn, mintOut })
  ) {
    return { Custom: ERROR.raw };
  }
  const vault0 = readTokenAccount(view.read(keys.vault0))?.amount;
  const vault1 = readTokenAccount(view.read(keys.vault1))?.amount;
  const decimalsIn = readMintDecimals(view.read(mintIn.key));
  const decimalsOut = readMintDecimals(view.read(mintOut.key));
  if (vault0 === undefined || vault1 === undefined) return 'InvalidAccountData';
  if (decimalsIn === undefined || decimalsOut === undefined) return 'InvalidAccountData';
  const pool =
    view.moved(poolRef.key) ?? readPool(poolAccount, view.read(keys.config), { vault0, vault1 });
  if (!pool) return { Custom: ERROR.wrongDiscriminator };

  const bytes = Buffer.from(data);
  const amountIn = bytes.readBigUInt64LE(8);
  const amountOutMin = bytes.readBigUInt64LE(16);
  const now = BigInt(view.unixSeconds);
  const quote = quoteBaseInput(pool, zeroForOne, amountIn, now);
  if (!quote) return { Custom: isClosed(pool, now) ? ERROR.notApproved : ERROR.zeroTrading };
  if (quote.amountOut < amountOutMin) return { Custom: ERROR.slippage };
  return {
    ...{ pool: poolRef.key, user, from, to, vaultIn, vaultOut, programIn, programOut },
    ...{ mintIn, mintOut, decimalsIn, decimalsOut, amountIn, amountOut: quote.amountOut },
    after: poolAfter(pool, zeroForOne, amountIn, quote),
  };
}

type Thirteen = [
  ...[AccountRef, AccountRef, AccountRef, AccountRef, AccountRef, AccountRef, AccountRef],
  ...[AccountRef, AccountRef, AccountRef, AccountRef, AccountRef, AccountRef],
];

const isClosed = (pool: CpmmPool, now: bigint): boolean =>
  (pool.status & 4) !== 0 || now < pool.openTime;

type Sides = Readonly<
  Record<'vaultIn' | 'vaultOut' | 'programIn' | 'programOut' | 'mintIn' | 'mintOut', AccountRef> & {
    zeroForOne: boolean;
  }
>;

function sidesMatch(keys: PoolKeys, sides: Sides): boolean {
  const { vault0, vault1, mint0, mint1, program0, program1 } = keys;
  const expected = sides.zeroForOne
    ? [vault0, vault1, mint0, mint1, program0, program1]
    : [vault1, vault0, mint1, mint0, program1, program0];
  const { vaultIn, vaultOut, mintIn, mintOut, programIn, programOut } = sides;
  const given = [vaultIn, vaultOut, mintIn, mintOut, programIn, programOut];
  return given.every(({ key }, index) => key === expected[index]);
}

function poolAfter(
  pool: CpmmPool,
  zeroForOne: boolean,
  amountIn: bigint,
  quote: NonNullable<ReturnType<typeof quoteBaseInput>>,
): CpmmPool {
  const { amountOut, protocolFee, fundFee, creatorFee, creatorFeeOnInput } = quote;
  const creatorOn0 = creatorFeeOnInput === zeroForOne;
  const change0 = zeroForOne ? amountIn : -amountOut;
  const change1 = zeroForOne ? -amountOut : amountIn;
  return {
    ...pool,
    vault0: pool.vault0 + change0,
    vault1: pool.vault1 + change1,
    protocolFees0: pool.protocolFees0 + (zeroForOne ? protocolFee : 0n),
    protocolFees1: pool.protocolFees1 + (zeroForOne ? 0n : protocolFee),
    fundFees0: pool.fundFees0 + (zeroForOne ? fundFee : 0n),
    fundFees1: pool.fundFees1 + (zeroForOne ? 0n : fundFee),
    creatorFees0: pool.creatorFees0 + (creatorOn0 ? creatorFee : 0n),
    creatorFees1: pool.creatorFees1 + (creatorOn0 ? 0n : creatorFee),
  };
}
