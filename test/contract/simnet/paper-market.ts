import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import { createHash } from 'node:crypto';
import type { PoolAddresses } from '../../../domain/market/market.ts';

const CPMM = new PublicKey('CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C');
const AUTHORITY = new PublicKey('GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL');
const TOKEN_PROGRAM = new PublicKey('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
const ATA_PROGRAM = new PublicKey('ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL');

export type Rates = { readonly trade: number; readonly protocol: number; readonly fund: number };

const keyOf = (name: string): string =>
  new PublicKey(createHash('sha256').update(name).digest()).toBase58();

/** A pool whose addresses are digests of its name; token 0 is the base. */
export function aPool(name: string, { trade, protocol, fund }: Rates): PoolAddresses {
  return {
    pool: keyOf(`${name} pool`),
    ammConfig: keyOf(`${name} config`),
    vault0: keyOf(`${name} vault 0`),
    vault1: keyOf(`${name} vault 1`),
    observation: keyOf(`${name} observation`),
    mint0: keyOf(`${name} mint 0`),
    mint1: keyOf(`${name} mint 1`),
    baseIsToken0: true,
    tradeFeeRate: trade,
    protocolFeeRate: protocol,
    fundFeeRate: fund,
  };
}

export const ataOf = (wallet: PublicKey, mint: string): PublicKey =>
  PublicKey.findProgramAddressSync(
    [wallet.toBytes(), TOKEN_PROGRAM.toBytes(), new PublicKey(mint).toBytes()],
    ATA_PROGRAM,
  )[0];

export type SwapOrder = {
  readonly zeroForOne: boolean;
  readonly amountIn: bigint;
  readonly amountOutMin: bigint;
};

/** `swap_base_input` as a stranger would build it: from the venue's documentation, byte by byte. */
export function swapInstruction(
  user: PublicKey,
  pool: PoolAddresses,
  { zeroForOne, amountIn, amountOutMin }: SwapOrder,
): TransactionInstruction {
  const [mintIn, mintOut] = zeroForOne ? [pool.mint0, pool.mint1] : [pool.mint1, pool.mint0];
  const [vaultIn, vaultOut] = zeroForOne ? [pool.vault0, pool.vault1] : [pool.vault1, pool.vault0];
  const data = Buffer.alloc(24);
  data.write('8fbe5adac41e33de', 'hex');
  data.writeBigUInt64LE(amountIn, 8);
  data.writeBigUInt64LE(amountOutMin, 16);
  const readonly = (key: PublicKey | string) => ({
    pubkey: new PublicKey(key),
    isSigner: false,
    isWritable: false,
  });
  const writable = (key: PublicKey | string) => ({ ...readonly(key), isWritable: true });
  return new TransactionInstruction({
    programId: CPMM,
    data,
    keys: [
      { ...readonly(user), isSigner: true },
      readonly(AUTHORITY),
      readonly(pool.ammConfig),
      writable(pool.pool),
      writable(ataOf(user, mintIn)),
      writable(ataOf(user, mintOut)),
      writable(vaultIn),
      writable(vaultOut),
      readonly(TOKEN_PROGRAM),
      readonly(TOKEN_PROGRAM),
      readonly(mintIn),
      readonly(mintOut),
      writable(pool.observation),
    ],
  });
}
