import { PublicKey } from '@solana/web3.js';

export const RAYDIUM_CPMM_PROGRAM = 'CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C';

export type CpmmAddresses = {
  readonly pool: string;
  readonly ammConfig: string;
  readonly vault0: string;
  readonly vault1: string;
  readonly observation: string;
  readonly mint0: string;
  readonly mint1: string;
  readonly baseIsToken0: boolean;
};

const seed = (text: string): Buffer => Buffer.from(text, 'utf8');

/** The canonical pool of two mints under one fee configuration. Slow (PDA search): never in the path. */
export function cpmmAddressesOf(
  baseMint: string,
  quoteMint: string,
  ammConfigIndex: number,
): CpmmAddresses {
  const program = new PublicKey(RAYDIUM_CPMM_PROGRAM);
  const derive = (...seeds: Buffer[]): PublicKey =>
    PublicKey.findProgramAddressSync(seeds, program)[0];
  const base = new PublicKey(baseMint);
  const quote = new PublicKey(quoteMint);
  // The program orders the two mints by their bytes.
  const baseIsToken0 = base.toBuffer().compare(quote.toBuffer()) < 0;
  const [mint0, mint1] = baseIsToken0 ? [base, quote] : [quote, base];

  const index = Buffer.alloc(2);
  index.writeUInt16BE(ammConfigIndex); // Big endian, unlike everything else of the program.
  const ammConfig = derive(seed('amm_config'), index);
  const pool = derive(seed('pool'), ammConfig.toBuffer(), mint0.toBuffer(), mint1.toBuffer());
  const vaultOf = (mint: PublicKey): string =>
    derive(seed('pool_vault'), pool.toBuffer(), mint.toBuffer()).toBase58();
  return {
    pool: pool.toBase58(),
    ammConfig: ammConfig.toBase58(),
    vault0: vaultOf(mint0),
    vault1: vaultOf(mint1),
    observation: derive(seed('observation'), pool.toBuffer()).toBase58(),
    mint0: mint0.toBase58(),
    mint1: mint1.toBase58(),
    baseIsToken0,
  };
}

/** PDA ["vault_and_lp_mint_auth_seed"]: owns every vault. */
export function cpmmAuthority(): string {
  return PublicKey.findProgramAddressSync(
    [seed('vault_and_lp_mint_auth_seed')],
    new PublicKey(RAYDIUM_CPMM_PROGRAM),
  )[0].toBase58();
}
