import { PublicKey } from '@solana/web3.js';

export const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
export const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL';

/** The owner's canonical SPL token account of a mint. Slow (PDA search): never in the path. */
export function associatedTokenAccount(owner: string, mint: string): string {
  const seeds = [owner, TOKEN_PROGRAM, mint].map((key) => new PublicKey(key).toBuffer());
  const program = new PublicKey(ASSOCIATED_TOKEN_PROGRAM);
  return PublicKey.findProgramAddressSync(seeds, program)[0].toBase58();
}
