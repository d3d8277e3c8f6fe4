import { createPublicKey, verify } from 'node:crypto';
import {
  ComputeBudgetProgram,
  PublicKey,
  SystemProgram,
  TransactionInstruction,
  TransactionMessage,
} from '@solana/web3.js';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { encodeSwapBaseInput } from '../../../adapters/venues/raydium-cpmm/encode.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { UNIT_LIMIT } from '../../../domain/execution/fees.ts';
import type { Market } from '../../../domain/market/market.ts';
import type { Permit } from '../../../domain/risk/permit.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { lamports, tokenUnits } from '../../../domain/shared/units.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { decodeTransaction } from '../../../hotpath/shape/decode-message.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';
import { permitFor } from '../../support/permits.ts';

const CASES = 10_000;
const keypair = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(11));
const wallet = encodeBase58(keypair.publicKey);
const payer = new PublicKey(keypair.publicKey);
const publicKey = createPublicKey({
  key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), keypair.publicKey]),
  format: 'der',
  type: 'spki',
});
const markets = loadMarkets();
const tipAccounts = Array.from({ length: 8 }, (_, n) => new Uint8Array(32).fill(n + 1));
const templates = createTemplates({
  templates: admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets }),
  tips: tipsByRoute(tipAccounts),
  unitPrice: 50_000n,
});
const DONT_FRONT = new PublicKey('jitodontfront111111111111111111111111111111');

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const cases = fc.record({
  market: fc.constantFrom(...markets),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  route: fc.constantFrom('protected' as const, 'fast' as const),
  blockhash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  amountIn: u64.map(tokenUnits),
  minAmountOut: u64.map(tokenUnits),
  feeMax: fc.bigInt({ min: 5_000n, max: 1_000_000n }).map(lamports),
  tipMax: fc.bigInt({ min: 1_000n, max: 10n ** 9n }).map(lamports),
  attempt: fc.integer({ min: 1, max: 99_999 }),
});

/** Found once for each market and side: the search for them takes longer than all the rest. */
const swapAccounts = new Map<string, TransactionInstruction['keys']>();
function accountsOf({ id, pool }: Market, side: Permit['side']) {
  const known = swapAccounts.get(id + side);
  if (known) return known;
  const zeroForOne = (side === 'sell') === pool.baseIsToken0;
  const none = { amountIn: 0n, minAmountOut: 0n };
  const { keys } = encodeSwapBaseInput({ payer: wallet, pool, zeroForOne, ...none });
  swapAccounts.set(id + side, keys);
  return keys;
}

/** What the executor's own reader finds in the gaps. */
function valuesIn(wire: Uint8Array) {
  const { blockhash, instructions } = decodeTransaction(wire);
  const [, price, swap, tip] = instructions.map(({ data }) => Buffer.from(data.bytes));
  return {
    blockhash: new Uint8Array(blockhash.bytes),
    unitPrice: price?.readBigUInt64LE(1) ?? -1n,
    amountIn: swap?.readBigUInt64LE(8) ?? -1n,
    minAmountOut: swap?.readBigUInt64LE(16) ?? -1n,
    tip: tip?.readBigUInt64LE(4) ?? -1n,
    tipAccount: instructions[3]?.accounts[1]?.address ?? '',
  };
}

/** The same transaction by the library, from what a permit says and nothing that was patched. */
function byLibrary(market: Market, permit: Permit, values: ReturnType<typeof valuesIn>): Buffer {
  const data = Buffer.from('8fbe5adac41e33de'.padEnd(48, '0'), 'hex');
  data.writeBigUInt64LE(permit.amountIn, 8);
  data.writeBigUInt64LE(permit.minAmountOut, 16);
  const tip = SystemProgram.transfer({
    fromPubkey: payer,
    toPubkey: new PublicKey(values.tipAccount),
    lamports: values.tip,
  });
  if (permit.route === 'protected') {
    tip.keys.push({ pubkey: DONT_FRONT, isSigner: false, isWritable: false });
  }
  const message = new TransactionMessage({
    payerKey: payer,
    recentBlockhash: encodeBase58(values.blockhash),
    instructions: [
      ComputeBudgetProgram.setComputeUnitLimit({ units: UNIT_LIMIT }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: values.unitPrice }),
      new TransactionInstruction({
        programId: new PublicKey('CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C'),
        keys: accountsOf(market, permit.side),
        data,
      }),
      tip,
    ],
  });
  return Buffer.from(message.compileToV0Message().serialize());
}

describe('a transaction of the hot path', () => {
  it(`is web3.js's, byte for byte, holds the permit's values, and its signature verifies: ${CASES} times`, () => {
    const signer = createSigner(Buffer.from(keypair.secretKey));
    const seen = { cases: 0, shapes: new Set<string>() };
    fc.assert(
      fc.property(cases, ({ market, blockhash, ...over }) => {
        const { base, quote } = market;
        const [mintIn, mintOut] =
          over.side === 'buy' ? [quote.mint, base.mint] : [base.mint, quote.mint];
        const permit = permitFor({ ...over, market: market.id, wallet, mintIn, mintOut });
        const swap = templates.prepare(permit, blockhash);
        if (!swap) throw new Error('every case has a template');
        signer.sign(swap.message, swap.signature);

        const values = valuesIn(swap.wire);
        const { amountIn, minAmountOut, tipMax, feeMax } = permit;
        expect(values).toMatchObject({ blockhash, amountIn, minAmountOut });
        expect(values.tip <= tipMax && values.tip >= 1_000n).toBe(true);
        expect(values.unitPrice * BigInt(UNIT_LIMIT)).toBeLessThanOrEqual(
          (feeMax - 5_000n) * 1_000_000n,
        );
        expect(Buffer.compare(swap.message, byLibrary(market, permit, values))).toBe(0);
        expect(verify(null, swap.message, publicKey, swap.signature)).toBe(true);
        expect(
          Buffer.compare(swap.wire, Buffer.concat([Buffer.of(1), swap.signature, swap.message])),
        ).toBe(0);
        seen.cases += 1;
        seen.shapes.add(`${market.id} ${over.side} ${over.route}`);
      }),
      { numRuns: CASES },
    );
    expect(seen.cases).toBe(CASES);
    expect(seen.shapes.size).toBe(markets.length * 4);
  }, 120_000);
});
