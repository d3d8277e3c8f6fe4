import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../adapters/secrets/signer.ts';
import {
  compileSwapMessage,
  compileSwapTemplates,
} from '../../../adapters/venues/raydium-cpmm/compile-swap.ts';
import { encodeSwapBaseInput } from '../../../adapters/venues/raydium-cpmm/encode.ts';
import { loadMarkets } from '../../../config/markets.ts';
import {
  isTipOf,
  tipAccountIndexFor,
  tipFor,
  unitPriceFor,
} from '../../../domain/execution/fees.ts';
import { encodeBase58 } from '../../../domain/shared/base58.ts';
import { lamports, tokenUnits } from '../../../domain/shared/units.ts';
import { admitTemplates } from '../../../hotpath/admit-template.ts';
import { createTemplates, tipsByRoute } from '../../../hotpath/templates.ts';
import { permitFor } from '../../support/permits.ts';

const keypair = nacl.sign.keyPair.fromSeed(new Uint8Array(32).fill(7));
const wallet = encodeBase58(keypair.publicKey);
const markets = loadMarkets(['SOL-USDC', 'PEPE-USDC']);
const accountsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, n) => new Uint8Array(32).fill(first + n));
const tips = tipsByRoute(accountsFrom(1, 8), { accounts: accountsFrom(101, 10), tipMin: 5_000n });
const UNIT_PRICE = 50_000n;
const templates = createTemplates({
  templates: admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets }),
  tips,
  unitPrice: UNIT_PRICE,
});

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

type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never;

function permitOf({ market, side, blockhash: _, ...over }: Case) {
  const [mintIn, mintOut] =
    side === 'buy' ? [market.quote.mint, market.base.mint] : [market.base.mint, market.quote.mint];
  return permitFor({ ...over, market: market.id, side, wallet, mintIn, mintOut });
}

describe('swap template', () => {
  it('gives the bytes that web3.js gives, and signatures that another library verifies', () => {
    const signers = (['sodium', 'node'] as const).map((engine) =>
      createSigner(Buffer.from(keypair.secretKey), engine),
    );
    let verified = 0;
    fc.assert(
      fc.property(cases, (one) => {
        const permit = permitOf(one);
        const swap = templates.prepare(permit, one.blockhash);
        const { accounts, tipMin } = tips[permit.route];
        const plain = tipFor(permit.id, permit.tipMax) ?? 0n;
        const tip = plain >= tipMin ? plain : tipFor(permit.id, permit.tipMax, tipMin);
        const tipAccount = accounts[tipAccountIndexFor(permit.id, accounts.length)];
        const unitPrice = unitPriceFor(permit.feeMax, UNIT_PRICE);
        if (!swap || tip === undefined || !tipAccount || unitPrice === undefined) {
          throw new Error('every case has a template');
        }
        const { market, side, route, blockhash } = one;
        const { amountIn, minAmountOut } = permit;
        const values = { blockhash, amountIn, minAmountOut, unitPrice, tip, tipAccount };
        const expected = compileSwapMessage({ payer: wallet, market, side, route }, values);
        expect(Buffer.compare(swap.message, expected)).toBe(0);

        const [sodium, node] = signers.map((signer) => {
          signer.sign(swap.message, swap.signature);
          return Buffer.from(swap.signature);
        });
        expect(sodium).toEqual(node);
        // tweetnacl takes 11 ms for one; the two signers agree on every case.
        if (verified < 100) {
          verified += 1;
          const good = nacl.sign.detached.verify(swap.message, swap.signature, keypair.publicKey);
          expect(good).toBe(true);
        }
        expect(swap.wire[0]).toBe(1);
        expect(swap.wire.length).toBeLessThanOrEqual(1_232);
      }),
      { numRuns: 1_000 },
    );
    expect(verified).toBe(100);
  });

  it('fits no permit of other mints, and none it has no market for', () => {
    const good = permitOf({
      ...(fc.sample(cases, { numRuns: 1, seed: 3 })[0] as Case), // One was asked for.
    });
    const hash = new Uint8Array(32);
    expect(templates.prepare(good, hash)).toBeDefined();
    expect(templates.prepare({ ...good, mintIn: wallet } as typeof good, hash)).toBeUndefined();
    expect(templates.prepare({ ...good, mintOut: wallet } as typeof good, hash)).toBeUndefined();
    expect(templates.prepare({ ...good, market: 'XXX-USDC' } as typeof good, hash)).toBeUndefined();
  });

  it('tips the accounts of its route, in bytes of its own', () => {
    const one = fc.sample(cases, { numRuns: 1, seed: 5 })[0] as Case; // One was asked for.
    const hash = new Uint8Array(32);
    const wireOf = (route: 'protected' | 'fast') =>
      Buffer.from(templates.prepare(permitOf({ ...one, route }), hash)?.wire ?? []);
    const [bundled, fast] = [wireOf('protected'), wireOf('fast')];
    const paid = (wire: Buffer) => ({
      jito: tips.protected.accounts.filter((key) => wire.includes(Buffer.from(key))).length,
      sender: tips.fast.accounts.filter((key) => wire.includes(Buffer.from(key))).length,
    });
    expect([paid(bundled), paid(fast)]).toEqual([
      { jito: 1, sender: 0 },
      { jito: 0, sender: 1 },
    ]);
  });

  it.each([
    ['as much as it takes to land', 20_000n, 12_000n, [12_000n, 13_000n]],
    ['no less than its route asks for', 20_000n, 1_000n, [5_000n, 6_000n]],
    ['no more than the permit allows', 20_000n, 10n ** 12n, [19_001n, 20_001n]],
    ['whatever the cap leaves where the route asks for more', 3_000n, 12_000n, [2_901n, 3_001n]],
  ])('tips %s', (_rule, tipMax, wanted, [from = 0n, to = 0n]) => {
    const at = createTemplates({
      templates: admitTemplates(compileSwapTemplates(wallet, markets), { wallet, markets }),
      tips,
      unitPrice: UNIT_PRICE,
      tipWanted: () => wanted,
    });
    const [one] = fc.sample(cases, { numRuns: 1, seed: 8 });
    const shape = { ...(one as Case), tipMax: lamports(tipMax), route: 'fast' as const }; // Asked for one.
    const permit = permitOf(shape);
    const swap = at.prepare(permit, new Uint8Array(32));
    const template = compileSwapTemplates(wallet, [shape.market]).find(
      ({ side, route }) => side === shape.side && route === 'fast',
    );
    const tip = swap?.wire.readBigUInt64LE(template?.offsets.tip) ?? 0n;
    expect([tip >= from, tip < to, tip]).toEqual([true, true, tip]);
    expect(isTipOf(permit.id, permit.tipMax, tip)).toBe(true);
  });

  it('refuses a keypair whose halves do not belong together', () => {
    const forged = Buffer.concat([Buffer.alloc(32, 1), Buffer.from(keypair.publicKey)]);
    expect(() => createSigner(forged)).toThrow(/config\/invalid/);
  });
});

describe('swap_base_input', () => {
  it.each([
    ['token 0 for token 1', true],
    ['token 1 for token 0', false],
  ])('lists the accounts as the program counts them: %s', (_case, zeroForOne) => {
    const [market] = markets;
    if (!market) throw new Error('SOL-USDC is registered');
    const { pool } = market;
    const swap = { payer: wallet, pool, zeroForOne, amountIn: 258n, minAmountOut: 2n ** 64n - 1n };
    const { keys, data, programId } = encodeSwapBaseInput(swap);
    expect(programId.toBase58()).toBe('CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C');
    expect(data.toString('hex')).toBe('8fbe5adac41e33de0201000000000000ffffffffffffffff');
    const token = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
    const [vaultIn, vaultOut] = zeroForOne
      ? [pool.vault0, pool.vault1]
      : [pool.vault1, pool.vault0];
    const [mintIn, mintOut] = zeroForOne ? [pool.mint0, pool.mint1] : [pool.mint1, pool.mint0];
    const named = keys.map(({ pubkey, isSigner, isWritable }, at) => [
      at === 4 || at === 5 ? 'user' : pubkey.toBase58(),
      `${isSigner ? 's' : ''}${isWritable ? 'w' : ''}`,
    ]);
    expect(named).toEqual([
      [wallet, 's'],
      ['GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL', ''],
      [pool.ammConfig, ''],
      [pool.pool, 'w'],
      ['user', 'w'],
      ['user', 'w'],
      [vaultIn, 'w'],
      [vaultOut, 'w'],
      [token, ''],
      [token, ''],
      [mintIn, ''],
      [mintOut, ''],
      [pool.observation, 'w'],
    ]);
  });
});

describe('fees of a permit', () => {
  it('tip between half the cap and the cap, never below the least that counts', () => {
    fc.assert(
      fc.property(fc.string(), fc.bigInt({ min: 1_000n, max: 10n ** 9n }), (id, tipMax) => {
        const tip = tipFor(id, tipMax) ?? 0n;
        expect(tip >= 1_000n && tip >= tipMax / 2n && tip <= tipMax).toBe(true);
      }),
    );
    expect(tipFor('x', 999n)).toBeUndefined();
  });

  it('mark two permits of the same size apart', () => {
    const tips = Array.from({ length: 200 }, (_, n) => tipFor(`run-SOL/entry/${n}`, 20_000n));
    expect(new Set(tips).size).toBeGreaterThan(190);
  });

  it('never exceed the fee cap', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 5_000n, max: 10n ** 9n }), (feeMax) => {
        const price = unitPriceFor(feeMax, 10n ** 12n) ?? 0n;
        expect(5_000n + (price * 80_000n + 999_999n) / 1_000_000n).toBeLessThanOrEqual(feeMax);
      }),
    );
  });
});
