import { PublicKey } from '@solana/web3.js';
import { ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM } from '../addresses.ts';
import { keyBytes } from './token-layout.ts';

/** The program's address for these seeds. Costs hashes and a curve check: not for every slot. */
export function derivedAddress(program: string, seeds: readonly (string | Uint8Array)[]): string {
  const parts = seeds.map((seed) => (typeof seed === 'string' ? Buffer.from(seed) : seed));
  const [address] = PublicKey.findProgramAddressSync(parts, new PublicKey(program));
  return address.toBase58();
}

export const associatedTokenAddress = (owner: string, mint: string): string =>
  derivedAddress(ASSOCIATED_TOKEN_PROGRAM, [
    keyBytes(owner),
    keyBytes(TOKEN_PROGRAM),
    keyBytes(mint),
  ]);
