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

/** The program's accounts, in its order. */
const ROLES = [
  ...(['user', 'authority', 'config', 'pool', 'from', 'to', 'vaultIn', 'vaultOut'] as const),
  ...(['programIn', 'programOut', 'mintIn', 'mintOut', 'observation'] as const),
] as const;

type SwapRefs = Readonly<Record<(typeof ROLES)[number], AccountRef>>;

export type SwapPlan = {
  readonly refs: SwapRefs;
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
  given: readonly AccountRef[],
  data: Uint8Array,
  view: SwapView,
): SwapPlan | InstructionFault {
  if (!SWAP_BASE_INPUT_TAG.equals(data.subarray(0, 8))) return { Custom: ERROR.unknownInstruction };
  if (data.length < 24) return { Custom: ERROR.unreadableInstruction };
  const refs = nameRefs(given);
  if (!refs) return { Custom: ERROR.tooFewAccounts };
  if (!refs.user.signs) return { Custom: ERROR.noSigner };
  const account = view.read(refs.pool.key);
  if (!isPoolState(account)) return { Custom: ERROR.wrongDiscriminator };
  const keys = readPoolKeys(account);
  const wrong = wrongAccount(refs, keys);
  if (wrong !== undefined) return { Custom: wrong };

  const vault0 = readTokenAccount(view.read(keys.vault0))?.amount;
  const vault1 = readTokenAccount(view.read(keys.vault1))?.amount;
  const decimalsIn = readMintDecimals(view.read(refs.mintIn.key));
  const decimalsOut = readMintDecimals(view.read(refs.mintOut.key));
  if (vault0 === undefined || vault1 === undefined) return 'InvalidAccountData';
  if (decimalsIn === undefined || decimalsOut === undefined) return 'InvalidAccountData';
  const pool =
    view.moved(refs.pool.key) ?? readPool(account, view.read(keys.config), { vault0, vault1 });
  if (!pool) return { Custom: ERROR.wrongDiscriminator };

  const bytes = Buffer.from(data);
  const amountIn = bytes.readBigUInt64LE(8);
  const amountOutMin = bytes.readBigUInt64LE(16);
  const zeroForOne = refs.vaultIn.key === keys.vault0;
  const now = BigInt(view.unixSeconds);
  const quote = quoteBaseInput(pool, zeroForOne, amountIn, now);
  if (!quote) return { Custom: isClosed(pool, now) ? ERROR.notApproved : ERROR.zeroTrading };
  const { amountOut } = quote;
  if (amountOut < amountOutMin) return { Custom: ERROR.slippage };
  const after = poolAfter(pool, zeroForOne, amountIn, quote);
  return { refs, decimalsIn, decimalsOut, amountIn, amountOut, after };
}

function nameRefs(given: readonly AccountRef[]): SwapRefs | undefined {
  if (given.length < ROLES.length) return undefined;
  // One entry a role: their number was just compared.
  return Object.fromEntries(ROLES.map((role, index) => [role, given[index]])) as SwapRefs;
}

const isClosed = (pool: CpmmPool, now: bigint): boolean =>
  (pool.status & 4) !== 0 || now < pool.openTime;

/** The error for an account that is not the one the pool names. */
function wrongAccount(refs: SwapRefs, keys: PoolKeys): number | undefined {
  const { vault0, vault1, mint0, mint1, program0, program1 } = keys;
  if (refs.authority.key !== CPMM_AUTHORITY) return ERROR.address;
  if (refs.config.key !== keys.config) return ERROR.address;
  if (refs.observation.key !== keys.observation) return ERROR.address;
  const expected =
    refs.vaultIn.key === vault0
      ? [vault0, vault1, mint0, mint1, program0, program1]
      : [vault1, vault0, mint1, mint0, program1, program0];
  const { vaultIn, vaultOut, mintIn, mintOut, programIn, programOut } = refs;
  const given = [vaultIn, vaultOut, mintIn, mintOut, programIn, programOut];
  return given.every(({ key }, index) => key === expected[index]) ? undefined : ERROR.raw;
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
