import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import type { PoolAddresses } from '../../../domain/market/market.ts';
import { associatedTokenAccount, TOKEN_PROGRAM } from '../token-accounts.ts';
import { cpmmAuthority, RAYDIUM_CPMM_PROGRAM } from './addresses.ts';

/** sha256("global:swap_base_input")[0..8]. */
const SWAP_BASE_INPUT = Buffer.from('8fbe5adac41e33de', 'hex');

export type CpmmSwap = {
  readonly payer: string;
  readonly pool: PoolAddresses;
  readonly zeroForOne: boolean;
  readonly amountIn: bigint;
  readonly minAmountOut: bigint;
};

/** `swap_base_input` from and to the payer's associated token accounts, which must exist. */
export function encodeSwapBaseInput(swap: CpmmSwap): TransactionInstruction {
  const { payer, pool, zeroForOne, amountIn, minAmountOut } = swap;
  const mints = zeroForOne ? [pool.mint0, pool.mint1] : [pool.mint1, pool.mint0];
  const vaults = zeroForOne ? [pool.vault0, pool.vault1] : [pool.vault1, pool.vault0];
  const [mintIn = '', mintOut = ''] = mints;
  const [vaultIn = '', vaultOut = ''] = vaults;

  const data = Buffer.alloc(24);
  SWAP_BASE_INPUT.copy(data);
  data.writeBigUInt64LE(amountIn, 8);
  data.writeBigUInt64LE(minAmountOut, 16);
  return new TransactionInstruction({
    programId: new PublicKey(RAYDIUM_CPMM_PROGRAM),
    keys: [
      { pubkey: new PublicKey(payer), isSigner: true, isWritable: false },
      readonlyKey(cpmmAuthority()),
      readonlyKey(pool.ammConfig),
      writableKey(pool.pool),
      writableKey(associatedTokenAccount(payer, mintIn)),
      writableKey(associatedTokenAccount(payer, mintOut)),
      writableKey(vaultIn),
      writableKey(vaultOut),
      readonlyKey(TOKEN_PROGRAM),
      readonlyKey(TOKEN_PROGRAM),
      readonlyKey(mintIn),
      readonlyKey(mintOut),
      writableKey(pool.observation),
    ],
    data,
  });
}

function readonlyKey(address: string) {
  return { pubkey: new PublicKey(address), isSigner: false, isWritable: false };
}

function writableKey(address: string) {
  return { pubkey: new PublicKey(address), isSigner: false, isWritable: true };
}
