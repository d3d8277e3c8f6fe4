import { createHash } from 'node:crypto';
import type { Market } from '../../domain/market/market.ts';
import { derivedAddress, keyBytes, tokenAccountOf } from './derive-address.ts';

export const CPMM_PROGRAM = 'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C';
const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

/** Anchor's mark of `swap_base_input(amount_in, minimum_amount_out)`, which follow as two u64. */
export const SWAP_MARK = createHash('sha256')
  .update('global:swap_base_input')
  .digest()
  .subarray(0, 8);
export const AMOUNT_IN_AT = 8;
export const MIN_AMOUNT_OUT_AT = 16;
export const SWAP_DATA_BYTES = 24;

export type ExpectedAccount = {
  readonly role: string;
  readonly address: string;
  readonly isWritable: boolean;
};

/**
 * The thirteen accounts of the swap in the program's order. Only pool and fee configuration are
 * taken from the registry; the rest follows from them, from the wallet and from the two mints.
 */
export function cpmmSwapAccounts(
  { pool: { pool, ammConfig } }: Market,
  wallet: string,
  { mintIn, mintOut }: { readonly mintIn: string; readonly mintOut: string },
): readonly ExpectedAccount[] {
  const derive = (seed: string, ...keys: readonly string[]): string =>
    derivedAddress(CPMM_PROGRAM, [Buffer.from(seed, 'utf8'), ...keys.map(keyBytes)]);
  const readable = (role: string, address: string) => ({ role, address, isWritable: false });
  const writable = (role: string, address: string) => ({ role, address, isWritable: true });
  return [
    writable('payer', wallet), // Writable as the fee's payer.
    readable('authority', derive('vault_and_lp_mint_auth_seed')),
    readable('fee configuration', ammConfig),
    writable('pool', pool),
    writable('source', tokenAccountOf(wallet, mintIn)),
    writable('destination', tokenAccountOf(wallet, mintOut)),
    writable('vault in', derive('pool_vault', pool, mintIn)),
    writable('vault out', derive('pool_vault', pool, mintOut)),
    readable('token program', TOKEN_PROGRAM),
    readable('token program', TOKEN_PROGRAM),
    readable('mint in', mintIn),
    readable('mint out', mintOut),
    writable('observation', derive('observation', pool)),
  ];
}
