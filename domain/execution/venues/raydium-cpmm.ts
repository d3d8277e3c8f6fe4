/** State of a Raydium CPMM pool, all of one slot. Amounts are base units, rates parts per million. */
export type CpmmPool = {
  readonly slot: number;
  /** Raw balances of the two vaults; kept fees lie in them and are no reserve. */
  readonly vault0: bigint;
  readonly vault1: bigint;
  readonly protocolFees0: bigint;
  readonly protocolFees1: bigint;
  readonly fundFees0: bigint;
  readonly fundFees1: bigint;
  readonly creatorFees0: bigint;
  readonly creatorFees1: bigint;
  readonly tradeFeeRate: bigint;
  readonly protocolFeeRate: bigint;
  readonly fundFeeRate: bigint;
  readonly creatorFeeRate: bigint;
  readonly creatorFeeEnabled: boolean;
  /** 0: always on the input token; 1: only ever on token 0; 2: only ever on token 1. */
  readonly creatorFeeOn: number;
  /** Bit 2 set: swaps are off. */
  readonly status: number;
  /** Unix seconds. */
  readonly openTime: bigint;
};

export type CpmmQuote = {
  readonly amountOut: bigint;
  /** What the liquidity providers' side took of the input; protocol and fund fees are parts of it. */
  readonly tradeFee: bigint;
  readonly protocolFee: bigint;
  readonly fundFee: bigint;
  /** In the token `creatorFeeOn` names. */
  readonly creatorFee: bigint;
  readonly creatorFeeOnInput: boolean;
};

const RATE_ONE = 1_000_000n;
const SWAP_DISABLED_BIT = 4;

/**
 * Exactly what `swap_base_input` would pay, or undefined where the program would fail: swaps off,
 * not open yet (checked when the chain's time is given), an empty reserve, nothing in or nothing
 * out. Mints with transfer fees are not handled: the registry lists plain SPL mints only.
 */
export function quoteBaseInput(
  pool: CpmmPool,
  zeroForOne: boolean,
  amountIn: bigint,
  unixSeconds?: bigint,
): CpmmQuote | undefined {
  if ((pool.status & SWAP_DISABLED_BIT) !== 0 || amountIn <= 0n) return undefined;
  if (unixSeconds !== undefined && unixSeconds < pool.openTime) return undefined;
  const reserve0 = reserveOf0(pool);
  const reserve1 = reserveOf1(pool);
  if (reserve0 <= 0n || reserve1 <= 0n) return undefined;
  const reserveIn = zeroForOne ? reserve0 : reserve1;
  const reserveOut = zeroForOne ? reserve1 : reserve0;

  const creatorFeeOnInput = pool.creatorFeeOn === 0 || (pool.creatorFeeOn === 1) === zeroForOne;
  const creatorRate = pool.creatorFeeEnabled ? pool.creatorFeeRate : 0n;
  const inputRate = pool.tradeFeeRate + (creatorFeeOnInput ? creatorRate : 0n);
  const totalFee = ceilDiv(amountIn * inputRate, RATE_ONE);
  const inputCreatorFee =
    creatorFeeOnInput && creatorRate > 0n ? (totalFee * creatorRate) / inputRate : 0n;
  const tradeFee = totalFee - inputCreatorFee;

  const netIn = amountIn - totalFee;
  if (netIn <= 0n) return undefined;
  const swapped = (netIn * reserveOut) / (reserveIn + netIn);
  const outputCreatorFee = creatorFeeOnInput ? 0n : ceilDiv(swapped * creatorRate, RATE_ONE);
  const amountOut = swapped - outputCreatorFee;
  if (amountOut <= 0n) return undefined;
  return {
    amountOut,
    tradeFee,
    protocolFee: (tradeFee * pool.protocolFeeRate) / RATE_ONE,
    fundFee: (tradeFee * pool.fundFeeRate) / RATE_ONE,
    creatorFee: inputCreatorFee + outputCreatorFee,
    creatorFeeOnInput,
  };
}

/** What a swap can trade against: the vault less every fee that is kept in it. */
export function reserveOf0(pool: CpmmPool): bigint {
  return pool.vault0 - pool.protocolFees0 - pool.fundFees0 - pool.creatorFees0;
}

export function reserveOf1(pool: CpmmPool): bigint {
  return pool.vault1 - pool.protocolFees1 - pool.fundFees1 - pool.creatorFees1;
}

function ceilDiv(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}
