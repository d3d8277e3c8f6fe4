import { decodeBase58, encodeBase58 } from '../../domain/shared/base58.ts';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM, WRAPPED_SOL_MINT } from '../addresses.ts';
import type { Account } from '../state/account.ts';

const ACCOUNT_BYTES = 165;
const MINT_BYTES = 82;
/** Rent exemption of a token account and of a mint, as LiteSVM's rent has it. */
const ACCOUNT_RENT = 2_039_280n;
const MINT_RENT = 1_461_600n;

export type TokenAccount = {
  readonly mint: string;
  readonly owner: string;
  readonly amount: bigint;
};

export const isTokenProgram = (program: string): boolean =>
  program === TOKEN_PROGRAM || program === TOKEN_2022_PROGRAM;

export function readTokenAccount(account: Account | undefined): TokenAccount | undefined {
  if (!account || !isTokenProgram(account.owner)) return undefined;
  // A Token-2022 account with extensions says at byte 165 what it is: 2 is a token account.
  if (account.data.length < ACCOUNT_BYTES) return undefined;
  if (account.data.length > ACCOUNT_BYTES && account.data[ACCOUNT_BYTES] !== 2) return undefined;
  const data = Buffer.from(account.data);
  if (data[108] === 0) return undefined; // Not initialised.
  return {
    mint: encodeBase58(data.subarray(0, 32)),
    owner: encodeBase58(data.subarray(32, 64)),
    amount: data.readBigUInt64LE(64),
  };
}

export function readMintDecimals(account: Account | undefined): number | undefined {
  if (!account || !isTokenProgram(account.owner) || account.data.length < MINT_BYTES) {
    return undefined;
  }
  return account.data[45] === 1 ? account.data[44] : undefined;
}

/** A token account as the SPL Token program lays it out; wrapped SOL also holds its lamports. */
export function aTokenAccount({ mint, owner, amount }: TokenAccount): Account {
  const data = Buffer.alloc(ACCOUNT_BYTES);
  data.set(keyBytes(mint), 0);
  data.set(keyBytes(owner), 32);
  data.writeBigUInt64LE(amount, 64);
  data[108] = 1; // Initialised.
  const native = mint === WRAPPED_SOL_MINT;
  if (native) {
    data.writeUInt32LE(1, 109);
    data.writeBigUInt64LE(ACCOUNT_RENT, 113);
  }
  return {
    lamports: native ? ACCOUNT_RENT + amount : ACCOUNT_RENT,
    data,
    owner: TOKEN_PROGRAM,
    executable: false,
  };
}

/** A mint without authorities: nobody mints or freezes. */
export function aMint(decimals: number): Account {
  const data = Buffer.alloc(MINT_BYTES);
  data.writeBigUInt64LE(2n ** 63n, 36); // Supply: for display only.
  data[44] = decimals;
  data[45] = 1; // Initialised.
  return { lamports: MINT_RENT, data, owner: TOKEN_PROGRAM, executable: false };
}

/** The same token account with `delegate` allowed to move `amount` out of it. */
export function withDelegate(account: Account, delegate: string, amount: bigint): Account {
  const data = Buffer.from(account.data);
  data.writeUInt32LE(1, 72);
  data.set(keyBytes(delegate), 76);
  data.writeBigUInt64LE(amount, 121);
  return { ...account, data };
}

export function keyBytes(key: string): Uint8Array {
  const bytes = decodeBase58(key, 32);
  if (!bytes) throw new RangeError(`not a key: ${key}`);
  return bytes;
}
