import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTipOf, tipFor } from '../../../domain/execution/fees.ts';
import { clampTip, lamportsOfSol } from '../../../domain/execution/tip-floor.ts';

const cap = fc.bigInt({ min: 1_000n, max: 10n ** 9n });
const size = fc.bigInt({ min: 0n, max: 2n * 10n ** 9n });

describe('a tip of a wanted size', () => {
  it('lies within the cap, less than a tenth of the cap from what was wanted', () => {
    fc.assert(
      fc.property(fc.string(), cap, size, (id, tipMax, wanted) => {
        const tip = tipFor(id, tipMax, wanted) ?? 0n;
        expect(tip >= 1_000n && tip <= tipMax).toBe(true);
        // A cap that leaves no room for the digits: as if nothing were known.
        if (tip === tipFor(id, tipMax)) return;
        const aim = clampTip(wanted, tipMax);
        const miss = tip > aim ? tip - aim : aim - tip;
        expect(miss * 10n <= tipMax).toBe(true);
      }),
    );
  });

  it('is known again by whoever knows the permit alone', () => {
    fc.assert(
      fc.property(fc.string(), cap, fc.option(size), (id, tipMax, wanted) => {
        const tip = tipFor(id, tipMax, wanted ?? undefined) ?? 0n;
        expect(isTipOf(id, tipMax, tip)).toBe(true);
      }),
    );
  });

  it('is not taken for that of another permit', () => {
    const ids = Array.from({ length: 500 }, (_, n) => `run-SOL/entry/${n}`);
    const tip = tipFor('run-PEPE/entry/1', 20_000n, 12_345n) ?? 0n;
    expect(isTipOf('run-PEPE/entry/1', 20_000n, tip)).toBe(true);
    expect(ids.filter((id) => isTipOf(id, 20_000n, tip)).length).toBeLessThanOrEqual(3);
    const tips = new Set(ids.map((id) => tipFor(id, 20_000n, 12_345n)));
    expect(tips.size).toBeGreaterThan(380); // Of 1,000 that there can be.
  });

  it('ends at the cap and at the least that counts', () => {
    const tip = tipFor('x', 20_000n, 15_000n) ?? 0n;
    expect(isTipOf('x', 20_000n, tip % 1_000n)).toBe(false);
    expect(isTipOf('x', tip - 1n, tip)).toBe(false);
    expect(tipFor('x', 999n, 5_000n)).toBeUndefined();
  });
});

describe('an amount in SOL', () => {
  it.each([
    [1e-6, 1_000n],
    [0.000_006_001, 6_001n],
    // The next floating point number above it: rounded up, since we pay.
    [6.001000000000001e-6, 6_002n],
    [1e-10, 1n],
    [0, 0n],
    [1, 1_000_000_000n],
    [0.1 + 0.2, 300_000_001n],
  ])('%d is exact in lamports', (sol, expected) => {
    expect(lamportsOfSol(sol)).toBe(expected);
  });

  it('is what JSON of that many lamports says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), (amount) => {
        expect(lamportsOfSol(amount / 1e9)).toBe(BigInt(amount));
      }),
    );
  });
});

describe('a tip of the market', () => {
  it.each([
    [0n, 1_000n],
    [999n, 1_000n],
    [1_001n, 1_001n],
    [20_001n, 20_000n],
  ])('of %d is clamped to %d', (lamports, expected) => {
    expect(clampTip(lamports, 20_000n)).toBe(expected);
  });
});
