import {
  ComputeBudgetProgram,
  PublicKey,
  SystemProgram,
  TransactionMessage,
  VersionedMessage,
} from '@solana/web3.js';
import { UNIT_LIMIT } from '../../../domain/execution/fees.ts';
import {
  MESSAGE_OFFSET,
  type SwapTemplate,
  type TemplateOffsets,
} from '../../../domain/execution/swap-template.ts';
import type { Market } from '../../../domain/market/market.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { encodeSwapBaseInput } from './encode.ts';

export type SwapShape = {
  readonly payer: string;
  readonly market: Market;
  readonly side: 'buy' | 'sell';
  readonly route: 'protected' | 'fast';
};

export type SwapValues = {
  readonly blockhash: Uint8Array;
  readonly amountIn: bigint;
  readonly minAmountOut: bigint;
  readonly unitPrice: bigint;
  readonly tip: bigint;
  readonly tipAccount: Uint8Array;
};

/** Asks the block engine to refuse any bundle that puts a transaction before ours. */
const DONT_FRONT = new PublicKey('jitodontfront111111111111111111111111111111');

/** The message exactly as web3.js writes it: slow, the oracle of every template. */
export function compileSwapMessage(shape: SwapShape, values: SwapValues): Buffer {
  const { payer, market, side, route } = shape;
  const payerKey = new PublicKey(payer);
  const tipTransfer = SystemProgram.transfer({
    fromPubkey: payerKey,
    toPubkey: new PublicKey(values.tipAccount),
    lamports: values.tip,
  });
  if (route === 'protected') {
    // On the tip, not on the swap, whose accounts are counted by position.
    tipTransfer.keys.push({ pubkey: DONT_FRONT, isSigner: false, isWritable: false });
  }
  const message = new TransactionMessage({
    payerKey,
    recentBlockhash: new PublicKey(values.blockhash).toBase58(),
    instructions: [
      ComputeBudgetProgram.setComputeUnitLimit({ units: UNIT_LIMIT }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: values.unitPrice }),
      encodeSwapBaseInput({
        payer,
        pool: market.pool,
        zeroForOne: (side === 'sell') === market.pool.baseIsToken0,
        amountIn: values.amountIn,
        minAmountOut: values.minAmountOut,
      }),
      tipTransfer,
    ],
  });
  return Buffer.from(message.compileToV0Message().serialize());
}

/**
 * Compiles once, finds each value by its marker, and proves every position by compiling again with
 * other values. Throws `execution/invalid-template`.
 */
export function compileSwapTemplate(shape: SwapShape): SwapTemplate {
  const { market, side, route } = shape;
  const markers = valuesOf(0xa1);
  const message = compileSwapMessage(shape, markers);
  const at = (field: keyof SwapValues): number =>
    MESSAGE_OFFSET + find(shape, message, markers, field);
  const offsets: TemplateOffsets = {
    blockhash: at('blockhash'),
    amountIn: at('amountIn'),
    minAmountOut: at('minAmountOut'),
    unitPrice: at('unitPrice'),
    tip: at('tip'),
    tipAccount: at('tipAccount'),
  };
  const wire = Buffer.alloc(MESSAGE_OFFSET + message.length);
  wire[0] = 1;
  message.copy(wire, MESSAGE_OFFSET);

  const others = valuesOf(0x3c);
  const patched = Buffer.from(wire);
  for (const field of FIELDS) patched.set(bytesOf(others[field]), offsets[field]);
  const expected = compileSwapMessage(shape, others);
  if (!patched.subarray(MESSAGE_OFFSET).equals(expected)) {
    throw invalid(shape, 'patched bytes differ from a compiled message');
  }
  const reread = VersionedMessage.deserialize(expected);
  if (reread.header.numRequiredSignatures !== 1) throw invalid(shape, 'wants one signature');

  const [mintIn, mintOut] =
    side === 'buy' ? [market.quote.mint, market.base.mint] : [market.base.mint, market.quote.mint];
  return { market: market.id, side, route, mintIn, mintOut, wire, offsets };
}

/** One template for each market, direction and route. Takes milliseconds each: at start only. */
export function compileSwapTemplates(payer: string, markets: readonly Market[]): SwapTemplate[] {
  return markets.flatMap((market) =>
    (['buy', 'sell'] as const).flatMap((side) =>
      (['protected', 'fast'] as const).map((route) =>
        compileSwapTemplate({ payer, market, side, route }),
      ),
    ),
  );
}

const FIELDS = [
  'blockhash',
  'amountIn',
  'minAmountOut',
  'unitPrice',
  'tip',
  'tipAccount',
] as const satisfies readonly (keyof TemplateOffsets)[];

/** Distinct for every field and every `salt`, with no run of bytes that a real key would have. */
function valuesOf(salt: number): SwapValues {
  const wide = (index: number): bigint =>
    bytesOfMarker(salt, index, 8).readBigUInt64LE() & 0x7fff_ffff_ffff_ffffn;
  return {
    blockhash: bytesOfMarker(salt, 1, 32),
    amountIn: wide(2),
    minAmountOut: wide(3),
    unitPrice: wide(4),
    // The System program's lamports are a safe integer in web3.js' layout of older versions.
    tip: wide(5) & 0x1f_ffff_ffff_ffffn,
    tipAccount: bytesOfMarker(salt, 6, 32),
  };
}

function bytesOfMarker(salt: number, index: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, at) => (salt + index * 37 + at * 11) & 0xff));
}

function bytesOf(value: bigint | Uint8Array): Uint8Array {
  if (typeof value !== 'bigint') return value;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function find(
  shape: SwapShape,
  message: Buffer,
  markers: SwapValues,
  field: keyof SwapValues,
): number {
  const marker = Buffer.from(bytesOf(markers[field]));
  const offset = message.indexOf(marker);
  if (offset < 0 || message.includes(marker, offset + 1)) {
    throw invalid(shape, `${field} is not found exactly once`);
  }
  return offset;
}

function invalid(shape: SwapShape, fault: string): OvermindError {
  return new OvermindError('execution/invalid-template', { market: shape.market.id, fault });
}
