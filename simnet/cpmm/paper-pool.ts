import { SYSTEM_PROGRAM, TOKEN_PROGRAM } from '../addresses.ts';
import { invalidParams } from '../rpc-fault.ts';
import type { Account } from '../state/account.ts';
import type { Accounts } from '../state/accounts.ts';
import { derivedAddress } from '../token/derived-address.ts';
import { aMint, aTokenAccount, keyBytes, readMintDecimals } from '../token/token-layout.ts';
import {
  CONFIG_BYTES,
  CONFIG_TAG,
  CPMM_AUTHORITY,
  CPMM_PROGRAM,
  isPoolState,
  OBSERVATION_BYTES,
  OBSERVATION_TAG,
  POOL_BYTES,
  POOL_TAG,
  readFeeCounters,
  writeFeeCounters,
  type FeeCounters,
} from './pool-layout.ts';

/** What a paper pool shall look like. Reserves are net of the fees the pool keeps back. */
export type PaperPool = {
  readonly pool: string;
  readonly ammConfig: string;
  readonly vault0: string;
  readonly vault1: string;
  readonly observation: string;
  readonly mint0: string;
  readonly mint1: string;
  readonly tradeFeeRate: number;
  readonly protocolFeeRate: number;
  readonly fundFeeRate: number;
  readonly reserve0: bigint;
  readonly reserve1: bigint;
  /** Needed where the mint does not exist yet. */
  readonly decimals0: number | undefined;
  readonly decimals1: number | undefined;
};

const AUTHORITY_BUMP = 253;
const RENT_PER_BYTE = 6_960n;
const RENT_HEADER_BYTES = 128n;
const NO_FEES: FeeCounters = {
  protocolFees0: 0n,
  protocolFees1: 0n,
  fundFees0: 0n,
  fundFees1: 0n,
  creatorFees0: 0n,
  creatorFees1: 0n,
};

/** Moves the pool to these reserves, all accounts at the venue's real layout. No trade, no fee. */
export function setPaperPool(accounts: Accounts, paper: PaperPool): void {
  const decimals0 = ensureMint(accounts, paper.mint0, paper.decimals0);
  const decimals1 = ensureMint(accounts, paper.mint1, paper.decimals1);
  const existing = accounts.read(paper.pool);
  const known = isPoolState(existing);
  const fees = known ? readFeeCounters(existing) : NO_FEES;
  const kept0 = fees.protocolFees0 + fees.fundFees0 + fees.creatorFees0;
  const kept1 = fees.protocolFees1 + fees.fundFees1 + fees.creatorFees1;
  const vault = (mint: string, amount: bigint): Account =>
    aTokenAccount({ mint, owner: CPMM_AUTHORITY, amount });

  accounts.write(paper.ammConfig, ammConfig(paper));
  // Whatever an earlier trade changed stays; a new pool is laid out from the start.
  accounts.write(paper.pool, known ? existing : poolState(paper, decimals0, decimals1, fees));
  accounts.write(paper.vault0, vault(paper.mint0, paper.reserve0 + kept0));
  accounts.write(paper.vault1, vault(paper.mint1, paper.reserve1 + kept1));
  if (!accounts.read(paper.observation)) accounts.write(paper.observation, observation(paper));
}

/** The mint's decimals; makes the mint where it does not exist. */
export function ensureMint(accounts: Accounts, mint: string, decimals: number | undefined): number {
  const wanted = checkMint(accounts, mint, decimals);
  if (!accounts.read(mint)) accounts.write(mint, aMint(wanted));
  return wanted;
}

/** The decimals a mint has or shall have. Throws before anything is written. */
export function checkMint(accounts: Accounts, mint: string, decimals: number | undefined): number {
  const existing = accounts.read(mint);
  const known = readMintDecimals(existing);
  if (known !== undefined) {
    if (decimals !== undefined && decimals !== known) {
      throw invalidParams(`mint ${mint} has ${known} decimals, not ${decimals}`);
    }
    return known;
  }
  if (existing) throw invalidParams(`${mint} is an account, but no mint`);
  if (decimals === undefined) throw invalidParams(`mint ${mint} is unknown: say its decimals`);
  return decimals;
}

/** The mints of pools that are set in one slot, where one pool may make what another one needs. */
export function checkMints(accounts: Accounts, pools: readonly PaperPool[]): void {
  const made = new Map<string, number>();
  const check = (mint: string, decimals: number | undefined): void => {
    const earlier = made.get(mint);
    if (earlier === undefined) {
      made.set(mint, checkMint(accounts, mint, decimals));
    } else if (decimals !== undefined && decimals !== earlier) {
      throw invalidParams(`mint ${mint} has ${earlier} decimals, not ${decimals}`);
    }
  };
  for (const { mint0, mint1, decimals0, decimals1 } of pools) {
    check(mint0, decimals0);
    check(mint1, decimals1);
  }
}

function owned(data: Buffer): Account {
  const lamports = (BigInt(data.length) + RENT_HEADER_BYTES) * RENT_PER_BYTE;
  return { lamports, data, owner: CPMM_PROGRAM, executable: false };
}

function ammConfig(paper: PaperPool): Account {
  const data = Buffer.alloc(CONFIG_BYTES);
  CONFIG_TAG.copy(data);
  data.writeBigUInt64LE(BigInt(paper.tradeFeeRate), 12);
  data.writeBigUInt64LE(BigInt(paper.protocolFeeRate), 20);
  data.writeBigUInt64LE(BigInt(paper.fundFeeRate), 28);
  return owned(data);
}

function poolState(
  paper: PaperPool,
  decimals0: number,
  decimals1: number,
  fees: FeeCounters,
): Account {
  const data = Buffer.alloc(POOL_BYTES);
  POOL_TAG.copy(data);
  const lpMint = derivedAddress(CPMM_PROGRAM, ['pool_lp_mint', keyBytes(paper.pool)]);
  const keys: readonly [string, number][] = [
    [paper.ammConfig, 8],
    [SYSTEM_PROGRAM, 40], // Nobody created it.
    [paper.vault0, 72],
    [paper.vault1, 104],
    [lpMint, 136],
    [paper.mint0, 168],
    [paper.mint1, 200],
    [TOKEN_PROGRAM, 232],
    [TOKEN_PROGRAM, 264],
    [paper.observation, 296],
  ];
  for (const [key, offset] of keys) data.set(keyBytes(key), offset);
  data[328] = AUTHORITY_BUMP;
  data[330] = 9; // Decimals of the liquidity token.
  data[331] = decimals0;
  data[332] = decimals1;
  writeFeeCounters(data, fees);
  return owned(data);
}

function observation(paper: PaperPool): Account {
  const data = Buffer.alloc(OBSERVATION_BYTES);
  OBSERVATION_TAG.copy(data);
  data[8] = 1; // Initialised.
  data.set(keyBytes(paper.pool), 11);
  return owned(data);
}
