import {
  ComputeBudgetProgram,
  PublicKey,
  SystemProgram,
  TransactionInstruction,
  TransactionMessage,
  type AccountMeta,
  type AddressLookupTableAccount,
} from '@solana/web3.js';
import { encodeSwapBaseInput } from '../../adapters/venues/raydium-cpmm/encode.ts';
import { loadMarkets } from '../../config/markets.ts';
import { UNIT_LIMIT } from '../../domain/execution/fees.ts';
import type { SwapTemplate } from '../../domain/execution/swap-template.ts';
import type { Market } from '../../domain/market/market.ts';
import { encodeBase58 } from '../../domain/shared/base58.ts';

export const [market] = loadMarkets(['SOL-USDC']) as [Market]; // One was asked for.
export const keyOf = (n: number): string => encodeBase58(new Uint8Array(32).fill(n));
export const WALLET = keyOf(0x17);
export const STRANGER = keyOf(0x51);
const TIP_ACCOUNT = Buffer.from(Array.from({ length: 32 }, (_, at) => 0x90 + at));
const BLOCKHASH = Buffer.from(Array.from({ length: 32 }, (_, at) => 0xd0 - at));
const MARKS = { amountIn: 0x1112131415161718n, minAmountOut: 0x2122232425262728n };
const PAID = { unitPrice: 0x3132333435363738n, tip: 0x0042434445464748n };

export type Draft = {
  payer: string;
  instructions: TransactionInstruction[];
  tables: AddressLookupTableAccount[];
};
type Route = SwapTemplate['route'];

/** A buy of SOL as web3.js writes it, changed before it is written. */
export function aTemplate(
  change: (draft: Draft) => void = () => {},
  route: Route = 'fast',
): SwapTemplate {
  const from = new PublicKey(WALLET);
  const tip = SystemProgram.transfer({
    fromPubkey: from,
    toPubkey: new PublicKey(TIP_ACCOUNT),
    lamports: PAID.tip,
  });
  if (route === 'protected') tip.keys.push(readable(DONT_FRONT));
  const swap = { payer: WALLET, pool: market.pool, zeroForOne: !market.pool.baseIsToken0 };
  const draft: Draft = {
    payer: WALLET,
    tables: [],
    instructions: [
      ComputeBudgetProgram.setComputeUnitLimit({ units: UNIT_LIMIT }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: PAID.unitPrice }),
      encodeSwapBaseInput({ ...swap, ...MARKS }),
      tip,
    ],
  };
  change(draft);
  const message = new TransactionMessage({
    payerKey: new PublicKey(draft.payer),
    recentBlockhash: new PublicKey(BLOCKHASH).toBase58(),
    instructions: draft.instructions,
  }).compileToV0Message(draft.tables);
  const wire = Buffer.concat([Buffer.from([1]), Buffer.alloc(64), message.serialize()]);
  const of = (value: bigint): number => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return wire.indexOf(bytes);
  };
  return {
    market: market.id,
    side: 'buy',
    route,
    mintIn: market.quote.mint,
    mintOut: market.base.mint,
    wire,
    offsets: {
      blockhash: wire.indexOf(BLOCKHASH),
      amountIn: of(MARKS.amountIn),
      minAmountOut: of(MARKS.minAmountOut),
      unitPrice: of(PAID.unitPrice),
      tip: of(PAID.tip),
      tipAccount: wire.indexOf(TIP_ACCOUNT),
    },
  };
}

export const DONT_FRONT = 'jitodontfront111111111111111111111111111111';
export const readable = (address: string): AccountMeta => ({
  pubkey: new PublicKey(address),
  isSigner: false,
  isWritable: false,
});
export const writable = (address: string) => ({ ...readable(address), isWritable: true });
export const signer = (address: string) => ({ ...readable(address), isSigner: true });
export const instruction = (programId: string, data: string, ...keys: AccountMeta[]) =>
  new TransactionInstruction({
    programId: new PublicKey(programId),
    keys,
    data: Buffer.from(data, 'hex'),
  });
