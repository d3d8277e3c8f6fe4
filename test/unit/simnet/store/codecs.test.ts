import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase58 } from '../../../../domain/shared/base58.ts';
import { SYSTEM_PROGRAM } from '../../../../simnet/addresses.ts';
import { faucetTransfer } from '../../../../simnet/faucet.ts';
import type { LogEntry, Pending } from '../../../../simnet/state/chain-state.ts';
import type { LandedTransaction } from '../../../../simnet/state/history.ts';
import { decodeLanded, encodeLanded } from '../../../../simnet/store/landed-codec.ts';
import { decodeEntry, encodeEntry } from '../../../../simnet/store/log-codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../../simnet/store/snapshot-codec.ts';

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeBase58);
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 }).map(encodeBase58);
const decimals = fc.option(fc.nat(18), { nil: undefined });
const slot = fc.nat(2 ** 40);
const optional = <T>(field: string, value: fc.Arbitrary<T>) =>
  fc.option(
    value.map((one) => ({ [field]: one })),
    { nil: {} },
  );

const pool = fc.record({
  pool: key,
  ammConfig: key,
  vault0: key,
  vault1: key,
  observation: key,
  mint0: key,
  mint1: key,
  tradeFeeRate: fc.nat(1_000_000),
  protocolFeeRate: fc.nat(1_000_000),
  fundFeeRate: fc.nat(1_000_000),
  reserve0: u64,
  reserve1: u64,
  decimals0: decimals,
  decimals1: decimals,
});
const write = fc.oneof(
  fc.record({ kind: fc.constant('airdrop' as const), to: key, lamports: u64 }),
  fc.record({
    kind: fc.constant('token-balance' as const),
    wallet: key,
    mint: key,
    amount: u64,
    decimals,
  }),
  fc.record({ kind: fc.constant('pools' as const), pools: fc.array(pool, { maxLength: 3 }) }),
);
const transaction = fc
  .tuple(key, fc.bigInt({ min: 1n, max: 2n ** 60n }), key)
  .map(([to, lamports, blockhash]) => faucetTransfer(to, lamports, blockhash));
const pending: fc.Arbitrary<Pending> = fc
  .tuple(
    fc.record({
      transactions: fc.array(transaction, { minLength: 1, maxLength: 3 }),
      atomic: fc.boolean(),
      dueSlot: slot,
      forceFailure: fc.boolean(),
    }),
    optional('fork', optional('againAfterSlots', fc.nat(100))),
    optional('bundle', fc.constantFrom('told', 'reported-invalid')),
  )
  .map(([facts, fork, bundle]) => ({ ...facts, ...fork, ...bundle }));
const entry: fc.Arbitrary<LogEntry> = fc.oneof(
  pending.map((one) => ({ kind: 'accepted' as const, ...one })),
  fc
    .tuple(
      fc.record({ slot, unixSeconds: fc.nat(2 ** 31), blockhash: key, digest: fc.string() }),
      optional('write', write),
    )
    .map(([facts, written]) => ({ kind: 'slot' as const, ...facts, ...written })),
);
const account = fc.record({
  lamports: u64,
  owner: key,
  executable: fc.boolean(),
  data: fc.uint8Array({ maxLength: 50 }).map((data) => Buffer.from(data)),
});
const states = fc.array(fc.tuple(key, fc.option(account, { nil: undefined })), { maxLength: 4 });

describe('what simnet writes down', () => {
  it('reads every log entry as it was', () => {
    fc.assert(
      fc.property(entry, (one) => {
        expect(decodeEntry(encodeEntry(one))).toEqual(one);
      }),
      { numRuns: 60 },
    );
  });

  it('reads every snapshot as it was', () => {
    const block = fc.record({
      slot,
      blockhash: key,
      unixSeconds: fc.nat(2 ** 31),
      priorityFeeMin: fc.option(u64, { nil: undefined }),
    });
    const bundle = fc
      .tuple(
        fc.record({
          id: fc.string(),
          signatures: fc.array(signature, { maxLength: 3 }),
          status: fc.constantFrom('Pending', 'Failed', 'Landed'),
          reportedInvalid: fc.boolean(),
        }),
        optional('slot', slot),
      )
      .map(([facts, at]) => ({ ...facts, ...at }));
    const snapshot = fc.record({
      programs: fc.dictionary(key, fc.string()),
      history: fc.record({
        total: fc.nat(),
        segments: fc.array(fc.record({ number: fc.nat(), bytes: fc.nat(), count: fc.nat() }), {
          maxLength: 3,
        }),
      }),
      state: fc.record({
        digest: fc.string(),
        dropped: fc.nat(),
        blocks: fc.array(block, { maxLength: 4 }),
        pending: fc.array(pending, { maxLength: 2 }),
        bundles: fc.array(bundle, { maxLength: 2 }),
        accounts: fc.record({
          accounts: states,
          undo: fc.array(fc.tuple(slot, states), { maxLength: 3 }),
        }),
      }),
    });
    fc.assert(
      fc.property(snapshot, (one) => {
        expect(decodeSnapshot(encodeSnapshot(one))).toEqual(one);
      }),
      { numRuns: 40 },
    );
  });

  it('reads everything that landed as it was', () => {
    const balances = fc.array(u64, { maxLength: 3 });
    const tokens = fc.array(
      fc.record({
        accountIndex: fc.nat(20),
        mint: key,
        owner: key,
        programId: key,
        amount: u64,
        decimals: fc.nat(18),
      }),
      { maxLength: 2 },
    );
    const err = fc.constantFrom(null, 'BlockhashNotFound', {
      InstructionError: [2, { Custom: 6005 }] as [number, { Custom: number }],
    });
    const landed: fc.Arbitrary<LandedTransaction> = fc.record({
      id: signature,
      wire: fc.uint8Array({ maxLength: 50 }).map((wire) => Buffer.from(wire)),
      execution: fc.record({
        err,
        fee: u64,
        units: u64,
        logs: fc.array(fc.string(), { maxLength: 2 }),
        keys: fc.record({
          all: fc.constant([SYSTEM_PROGRAM]),
          loaded: fc.constant({ writable: [], readonly: [] }),
        }),
      }),
      slot,
      unixSeconds: fc.nat(2 ** 31),
      preBalances: balances,
      postBalances: balances,
      preTokens: tokens,
      postTokens: tokens,
    });
    fc.assert(
      fc.property(landed, (one) => {
        expect(decodeLanded(encodeLanded(one))).toEqual(one);
      }),
    );
  });
});
