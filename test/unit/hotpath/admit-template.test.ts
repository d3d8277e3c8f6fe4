import { AddressLookupTableAccount, PublicKey, type TransactionInstruction } from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import { compileSwapTemplates } from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { associatedTokenAccount, TOKEN_PROGRAM } from '../../../adapters/venues/token-accounts.ts';
import { loadMarkets } from '../../../config/markets.ts';
import type { SwapTemplate } from '../../../domain/execution/swap-template.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { tokenAccountOf } from '../../../hotpath/shape/derive-address.ts';
import {
  aTemplate,
  DONT_FRONT,
  instruction,
  keyOf,
  market,
  readable,
  signer,
  STRANGER,
  WALLET,
  writable,
  type Draft,
} from '../../support/template-drafts.ts';

const markets = loadMarkets();
const ours = associatedTokenAccount(WALLET, market.quote.mint);
const push = (one: TransactionInstruction) => (draft: Draft) => void draft.instructions.push(one);
const change = (at: number, how: (one: TransactionInstruction) => void) => (draft: Draft) =>
  how(draft.instructions[at] as TransactionInstruction); // There are four.
const account = (at: number, address: string, of = 2) =>
  change(of, ({ keys }) => Object.assign(keys[at] ?? {}, { pubkey: new PublicKey(address) }));
const data = (at: number, bytes: string) =>
  change(at, (one) => void (one.data = Buffer.from(bytes, 'hex')));
const admit = (...templates: SwapTemplate[]) =>
  admitTemplates(templates, { wallet: WALLET, markets });

/** What is changed, and what the executor says that it found. */
const CHANGED: readonly (readonly [string, (draft: Draft) => void, RegExp])[] = [
  [
    'an approval',
    push(instruction(TOKEN_PROGRAM, '04ff', writable(ours), readable(STRANGER), signer(WALLET))),
    /instruction 5 for program Tokenkeg\w+ with 04ff/,
  ],
  [
    'another authority',
    push(instruction(TOKEN_PROGRAM, '0602', writable(ours), signer(WALLET))),
    /instruction 5 for program Tokenkeg\w+ with 0602/,
  ],
  [
    'a closed account',
    push(instruction(TOKEN_PROGRAM, '09', writable(ours), writable(STRANGER), signer(WALLET))),
    /instruction 5 for program Tokenkeg\w+ with 09/,
  ],
  [
    'a second transfer of SOL',
    push(instruction(keyOf(0), '02', writable(WALLET), writable(STRANGER))),
    /instruction 5 for program 1{32} with 02/,
  ],
  [
    'a second swap',
    (draft) => draft.instructions.splice(2, 0, draft.instructions[2] as TransactionInstruction),
    /instruction 4 for program CPMM/,
  ],
  ['a note of a stranger', push(instruction(STRANGER, '')), new RegExp(`program ${STRANGER}`)],
  ['no tip', (draft) => draft.instructions.splice(3, 1), /3 instructions/],
  ['no unit price', (draft) => draft.instructions.splice(1, 1), /instruction 2 for program CPMM/],
  ['the tip first', (draft) => draft.instructions.reverse(), /instruction 1 for program 1{32}/],
  [
    'another payer',
    (draft) => void (draft.payer = STRANGER),
    new RegExp(`fee payer ${STRANGER}, wants ${WALLET}`),
  ],
  [
    'a second signer',
    change(2, ({ keys }) => keys.push(signer(STRANGER))),
    /extra account \w+ of the swap/,
  ],
  [
    'a signer who is in the list anyway',
    change(2, ({ keys }) => Object.assign(keys[3] ?? {}, { isSigner: true })),
    /signer \w+/,
  ],
  [
    'a foreign lookup table',
    (draft) => {
      const addresses = [market.pool.pool, market.pool.vault0].map((key) => new PublicKey(key));
      const state = {
        deactivationSlot: 2n ** 64n - 1n,
        lastExtendedSlot: 0,
        lastExtendedSlotStartIndex: 0,
        addresses,
      };
      const key = new PublicKey(STRANGER);
      draft.tables.push(new AddressLookupTableAccount({ key, state }));
    },
    /account \d+ of \d+|lookup table/,
  ],
  [
    'another program',
    change(2, (one) => void (one.programId = new PublicKey(STRANGER))),
    /instruction 3 for program/,
  ],
  ['another instruction of it', data(2, '37d96256a34ab4ad'.padEnd(48, '0')), /swap with 37d96256/],
  ['a longer instruction of it', data(2, '8fbe5adac41e33de'.padEnd(50, '0')), /swap with 8fbe/],
  ["a stranger's destination", account(5, STRANGER), /destination of the swap \w+, wants/],
  [
    "a stranger's token account of this mint",
    account(5, associatedTokenAccount(STRANGER, market.base.mint)),
    /destination of the swap/,
  ],
  ['our token account of the wrong mint', account(5, ours), /destination of the swap/],
  ["a stranger's source", account(4, STRANGER), /source of the swap/],
  ["a stranger's payer of the swap", account(0, STRANGER), /payer of the swap/],
  ['another pool', account(3, STRANGER), /pool of the swap/],
  ['another vault', account(6, STRANGER), /vault in of the swap/],
  ['the vaults exchanged', account(6, market.pool.vault0), /vault in of the swap/],
  ['another authority of the vaults', account(1, STRANGER), /authority of the swap/],
  ['other fees', account(2, STRANGER), /fee configuration of the swap/],
  ['another token program', account(8, STRANGER), /token program of the swap/],
  ['another mint', account(10, STRANGER), /mint in of the swap/],
  ['another observation', account(12, STRANGER), /observation of the swap/],
  ['an account less', change(2, ({ keys }) => keys.pop()), /observation of the swap none/],
  [
    'an account more',
    change(2, ({ keys }) => keys.push(writable(STRANGER))),
    /extra account \w+ of the swap/,
  ],
  [
    'an account more, which is listed anyway',
    change(2, ({ keys }) => keys.push(writable(ours))),
    /extra account \w+ of the swap/,
  ],
  [
    'a mint that can be written',
    change(2, ({ keys }) => Object.assign(keys[10] ?? {}, { isWritable: true })),
    /mint in \w+ writable/,
  ],
  [
    'a destination that cannot be written',
    change(2, ({ keys }) => Object.assign(keys[5] ?? {}, { isWritable: false })),
    /destination \w+ not writable/,
  ],
  ['a tip from elsewhere', account(0, STRANGER, 3), /payer of the tip/],
  ['a tip to one of our token accounts', account(1, ours, 3), /tip account \w+, which has another/],
  ['a tip to the program', account(1, keyOf(0), 3), /tip account 1{32}, which has another/],
  [
    'an account more beside the tip',
    change(3, ({ keys }) => keys.push(readable(STRANGER))),
    /extra account \w+ of the tip/,
  ],
  [
    "a mark of the other route's",
    change(3, ({ keys }) => keys.push(readable(DONT_FRONT))),
    /extra account jitodontfront1+ of the tip/,
  ],
  ['another system instruction', data(3, '030000004847464544434200'), /tip with 0300/],
  ['more units', data(0, '02c05c1500'), /unit limit with 02c05c1500/],
  ['a heap in place of the limit', data(0, '0100000400'), /unit limit with 01/],
  ['a limit in place of the price', data(1, '0200000000'), /unit price with 02/],
  [
    'an account of the unit limit',
    change(0, ({ keys }) => keys.push(readable(STRANGER))),
    /extra account \w+ of the unit limit/,
  ],
];

describe('a template', () => {
  it('of every registered market, direction and route is admitted', () => {
    const templates = compileSwapTemplates(WALLET, markets);
    expect(templates).toHaveLength(markets.length * 4);
    expect(admit(...templates)).toEqual(templates);
    expect(() => admitTemplates(templates, { wallet: STRANGER, markets })).toThrow(/fee payer/);
  });

  it('as it is drafted below is admitted by both routes', () => {
    expect(admit(aTemplate(), aTemplate(undefined, 'protected'))).toHaveLength(2);
  });

  it.each(CHANGED)('with %s is refused, and what was found is said', (_what, how, found) => {
    const template = aTemplate(how);
    expect(() => admit(aTemplate(), template)).toThrow(found);
    expect(() => admit(template)).toThrow(/^execution\/invalid-template .*"SOL-USDC".*buy, fast/);
  });

  it.each([
    ['without its mark', change(3, ({ keys }) => keys.pop())],
    ['with its mark on the swap', change(2, ({ keys }) => keys.push(readable(DONT_FRONT)))],
    ['with another mark', account(2, STRANGER, 3)],
  ])('of the protected route is refused %s', (_what, how) => {
    expect(() => admit(aTemplate(how, 'protected'))).toThrow(/of the (tip|swap)/);
  });

  const good = aTemplate();
  const offsets = Object.entries(good.offsets);
  it.each(offsets.flatMap(([field, at]) => [-1, 1, 8].map((by) => [field, at + by] as const)))(
    'whose %s would go to byte %i is refused',
    (field, at) => {
      const moved = { ...good, offsets: { ...good.offsets, [field]: at } };
      expect(() => admit(moved)).toThrow(`offset of ${field} ${at}, wants`);
    },
  );

  it('whose least amount out would be written over the amount in is refused', () => {
    const { amountIn, minAmountOut } = good.offsets;
    const exchanged = { ...good.offsets, amountIn: minAmountOut, minAmountOut: amountIn };
    expect(() => admit({ ...good, offsets: exchanged })).toThrow(/offset of amountIn/);
  });

  it.each([
    ['side', { side: 'sell' as const }, /mint in/],
    ['route', { route: 'protected' as const }, /program of the tip none, wants jitodontfront/],
    ['market', { market: 'BONK-USDC' }, /mint out/],
    ['market that nobody knows', { market: 'XXX-USDC' }, /no such market/],
    ['mint in', { mintIn: STRANGER }, /mint in/],
    ['mint out', { mintOut: STRANGER }, /mint out/],
  ])('under the name of another %s is refused', (_what, over, found) => {
    expect(() => admit({ ...good, ...over })).toThrow(found);
  });

  it('whose bytes are no such transaction is refused', () => {
    const wire = Buffer.from(good.wire);
    const patched = (at: number, byte: number) => {
      const bytes = Buffer.from(wire);
      bytes[at] = byte;
      return bytes;
    };
    const cases: readonly (readonly [Uint8Array, RegExp])[] = [
      [Buffer.concat([wire, Buffer.from([0])]), /1 bytes behind the message/],
      [wire.subarray(0, -1), /cut off/],
      [new Uint8Array(0), /cut off/],
      [patched(0, 2), /2 signatures/],
      [patched(65, 0x81), /message version byte 129/],
      [patched(65, 1), /message version byte 1/],
      [patched(66, 2), /signer/],
      [patched(67, 1), /not writable/],
      [patched(68, 5), /writable/],
    ];
    for (const [bytes, found] of cases) {
      expect(() => admit({ ...good, wire: bytes })).toThrow(found);
    }
  });

  it('is refused for every single flipped bit outside of its gaps', () => {
    const gaps = new Set<number>();
    const { offsets: of } = good;
    const widths = { blockhash: 32, tipAccount: 32 } as Record<string, number>;
    for (const [field, at] of Object.entries(of)) {
      for (let n = 0; n < (widths[field] ?? 8); n++) gaps.add(at + n);
    }
    let refused = 0;
    for (let at = 0; at < good.wire.length; at++) {
      // The signature's own bytes are written over as a whole.
      if (gaps.has(at) || (at >= 1 && at < 65)) continue;
      const wire = Buffer.from(good.wire);
      wire[at] = (wire[at] ?? 0) ^ (1 << (at % 8));
      expect(() => admit({ ...good, wire }), `byte ${at}`).toThrow(/execution\/invalid-template/);
      refused += 1;
    }
    expect(refused).toBe(good.wire.length - 64 - 32 - 32 - 4 * 8);
  });
});

describe("an address of the executor's own reckoning", () => {
  it('is the one that web3.js finds, for 300 owners and mints', () => {
    for (let n = 0; n < 300; n++) {
      const [owner, mint] = [keyOf(n & 0xff), encodeBase58(Buffer.alloc(32, `${n}-mint`))];
      expect(tokenAccountOf(owner, mint)).toBe(associatedTokenAccount(owner, mint));
    }
  });
});
