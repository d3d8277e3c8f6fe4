import { createHash } from 'node:crypto';
import {
  AddressLookupTableAccount,
  ComputeBudgetProgram,
  Keypair,
  MessageV0,
  PublicKey,
  SystemProgram,
  TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOOKUP_TABLE_PROGRAM } from '../../../simnet/addresses.ts';
import { decodeTransaction } from '../../../simnet/transaction/decode.ts';
import { encodeMessage } from '../../../simnet/transaction/encode.ts';
import { feeOf, readComputeBudget } from '../../../simnet/transaction/fees.ts';
import { resolveKeys } from '../../../simnet/transaction/resolve-keys.ts';
import { signaturesAreValid } from '../../../simnet/transaction/verify.ts';

const keyOf = (name: string) => new PublicKey(createHash('sha256').update(name).digest());
const payer = Keypair.fromSeed(createHash('sha256').update('payer').digest());
const blockhash = keyOf('blockhash').toBase58();
const tableKeys = [0, 1, 2, 3, 4].map((index) => keyOf(`table entry ${index}`));
const table = new AddressLookupTableAccount({
  key: keyOf('table'),
  state: {
    deactivationSlot: 2n ** 64n - 1n,
    lastExtendedSlot: 0,
    lastExtendedSlotStartIndex: 0,
    addresses: tableKeys,
  },
});

const instructions = fc.array(
  fc
    .record({
      program: fc.constantFrom('a', 'b'),
      accounts: fc.array(
        fc.record({ at: fc.nat(6), isWritable: fc.boolean(), isSigner: fc.constant(false) }),
        { maxLength: 8 },
      ),
      data: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ program, accounts, data }) => {
      return new TransactionInstruction({
        programId: keyOf(`program ${program}`),
        data: Buffer.from(data),
        keys: accounts.map(({ at, ...meta }) => ({
          ...meta,
          pubkey: tableKeys[at] ?? keyOf(`key ${at}`),
        })),
      });
    }),
  { minLength: 1, maxLength: 4 },
);

const signed = (message: ConstructorParameters<typeof VersionedTransaction>[0]) => {
  const transaction = new VersionedTransaction(message);
  transaction.sign([payer]);
  return transaction.serialize();
};
const compose = (list: TransactionInstruction[]) =>
  new TransactionMessage({
    payerKey: payer.publicKey,
    recentBlockhash: blockhash,
    instructions: list,
  });

describe('a transaction on the wire', () => {
  it('is read, resolved and written as web3.js has it', () => {
    fc.assert(
      fc.property(instructions, fc.constantFrom('legacy', 'v0', 'table'), (list, kind) => {
        const composed = compose(list);
        const message =
          kind === 'legacy'
            ? composed.compileToLegacyMessage()
            : composed.compileToV0Message(kind === 'table' ? [table] : []);
        const transaction = decodeTransaction(signed(message));
        expect(Buffer.from(encodeMessage(transaction.message))).toEqual(
          Buffer.from(message.serialize()),
        );
        expect(signaturesAreValid(transaction)).toBe(true);

        const tableData = Buffer.concat([
          Buffer.alloc(56),
          ...tableKeys.map((key) => Buffer.from(key.toBytes())),
        ]);
        const keys = resolveKeys(transaction.message, () => ({
          lamports: 1n,
          owner: LOOKUP_TABLE_PROGRAM,
          executable: false,
          data: tableData,
        }));
        if (typeof keys === 'string' || !('all' in keys)) throw new Error(JSON.stringify(keys));
        const expected = message.getAccountKeys(
          message instanceof MessageV0 ? { addressLookupTableAccounts: [table] } : undefined,
        );
        expect(keys.all).toEqual(expected.keySegments().flat().map(String));
        for (const [index] of keys.all.entries()) {
          expect(keys.isWritable(index)).toBe(message.isAccountWritable(index));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is refused when it is cut short, longer than it says, or signed by nobody', () => {
    const wire = signed(
      compose([
        SystemProgram.transfer({
          fromPubkey: payer.publicKey,
          toPubkey: keyOf('to'),
          lamports: 1,
        }),
      ]).compileToV0Message(),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: wire.length - 1 }), (length) => {
        expect(() => decodeTransaction(wire.subarray(0, length))).toThrow(/deserialize/);
      }),
      { numRuns: 60 },
    );
    expect(() => decodeTransaction(Buffer.concat([wire, Buffer.of(0)]))).toThrow(/left over/);
    const unsigned = Buffer.concat([Buffer.of(0), wire.subarray(65)]);
    expect(() => decodeTransaction(unsigned)).toThrow(/signatures/);
  });

  it('is no longer valid when any bit of it changes', () => {
    const wire = signed(
      compose([
        SystemProgram.transfer({
          fromPubkey: payer.publicKey,
          toPubkey: keyOf('to'),
          lamports: 123_456,
        }),
      ]).compileToV0Message(),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: wire.length - 1 }), fc.nat(7), (at, bit) => {
        const changed = Buffer.from(wire);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        let valid: boolean;
        try {
          valid = signaturesAreValid(decodeTransaction(changed));
        } catch {
          valid = false;
        }
        expect(valid).toBe(false);
      }),
      { numRuns: 80 },
    );
  });
});

describe('the fee', () => {
  const feeFor = (...list: TransactionInstruction[]) =>
    feeOf(decodeTransaction(signed(compose(list).compileToV0Message())).message);
  const transfer = SystemProgram.transfer({
    fromPubkey: payer.publicKey,
    toPubkey: keyOf('to'),
    lamports: 1,
  });

  it('is 5,000 a signature and the priority, rounded up', () => {
    const price = (microLamports: number) =>
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports });
    expect(feeFor(transfer)).toBe(5_000n);
    const limit = ComputeBudgetProgram.setComputeUnitLimit({ units: 60_000 });
    expect(feeFor(limit, price(50), transfer)).toBe(5_003n);
    expect(feeFor(limit, price(51), transfer)).toBe(5_004n);
  });

  it('counts 3,000 units for a builtin and 200,000 for any other where no limit is set', () => {
    const other = new TransactionInstruction({ programId: keyOf('program'), keys: [] });
    const message = decodeTransaction(
      signed(compose([transfer, other]).compileToV0Message()),
    ).message;
    expect(readComputeBudget(message)).toEqual({ unitsMax: 203_000n, unitPrice: 0n });
  });
});
