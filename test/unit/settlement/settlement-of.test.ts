import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tipFor } from '../../../domain/execution/fees.ts';
import { legCosts } from '../../../domain/settlement/leg-costs.ts';
import { findByMark } from '../../../domain/settlement/permit-mark.ts';
import { settlementOf } from '../../../domain/settlement/settlement-of.ts';
import { settlementFromWire, settlementToWire } from '../../../domain/settlement/settlement.ts';
import { tokenUnits } from '../../../domain/shared/units.ts';
import { permitFor, SOL } from '../../support/permits.ts';
import { transactionOf } from '../../support/settling.ts';

const permit = permitFor({ minAmountOut: tokenUnits(1_000n) });

/** Of the 20,000 lamports that leave, 8,000 are the fee. */
const TIPPED = { payments: [{ to: 'a tip account', amount: 11_000n }] };

describe('a settlement', () => {
  it('takes its fill from the balances; what left beside the fee is the tip it names, and rent', () => {
    const { kind, fill } = settlementOf(permit, transactionOf(permit, 1_000n, TIPPED));
    expect(kind).toBe('landed');
    expect(fill).toMatchObject({
      permitId: permit.id,
      side: 'buy',
      amountIn: 100_000n,
      amountOut: 1_000n,
      fee: 8_000n,
      tip: 11_000n,
      rent: 1_000n,
    });
  });

  it('counts no more as a tip than has left the wallet', () => {
    const payments = [{ to: permit.wallet, amount: 50_000n }];
    const { fill } = settlementOf(permit, transactionOf(permit, 1_000n, { payments }));
    expect(fill).toMatchObject({ fee: 8_000n, tip: 12_000n, rent: 0n });
  });

  it('keeps a sale of wrapped SOL apart from the lamports it cost', () => {
    const sale = permitFor({ side: 'sell', mintIn: SOL, mintOut: permit.mintIn });
    const { fill } = settlementOf(sale, transactionOf(sale, 5n, TIPPED));
    expect(fill).toMatchObject({ amountIn: sale.amountIn, amountOut: 5n, tip: 11_000n });
  });

  it.each([
    ['less than the least came out', 999n, permit.amountIn],
    ['nothing came out', 0n, permit.amountIn],
    ['another amount went in', 1_000n, permit.amountIn - 1n],
  ])('is refused loudly where %s', (_why, out, amountIn) => {
    const transaction = transactionOf(permit, out, {
      deltas: [
        { asset: permit.mintIn, amount: -amountIn },
        { asset: permit.mintOut, amount: out },
      ],
    });
    expect(() => settlementOf(permit, transaction)).toThrow('settlement/mismatch');
  });

  it('of a failed transaction has no fill, only what it cost', () => {
    const deltas = [{ asset: 'SOL', amount: -8_000n }];
    const failed = settlementOf(permit, transactionOf(permit, 0n, { error: 'no', deltas }));
    expect(failed).toEqual({
      permitId: permit.id,
      kind: 'failed',
      error: 'no',
      slot: 1_205,
      signature: `signature of ${permit.id}`,
      deltas,
    });
  });

  it('travels unchanged', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1_000n, max: 2n ** 64n - 1n }), (amountOut) => {
        const settlement = settlementOf(permit, transactionOf(permit, amountOut));
        expect(settlementFromWire(settlementToWire(settlement))).toEqual(settlement);
      }),
    );
  });
});

describe('the costs of a leg', () => {
  it.each([
    ['are rounded up', -20_000n, '146.74', 2_935n],
    ['are exact where they can be', -10_000n, '150', 1_500n],
    ['are at least one unit', -1n, '150', 1n],
    ['are none where lamports came in', 5_000n, '150', 0n],
  ])('%s', (_rule, amount, price, costs) => {
    expect(legCosts({ deltas: [{ asset: 'SOL', amount }] }, price, 6)).toBe(costs);
  });
});

describe('the mark of a permit', () => {
  const tip = tipFor(permit.id, permit.tipMax) ?? 0n;
  const marked = (change: Parameters<typeof transactionOf>[2] = {}) =>
    transactionOf(permit, 1_000n, { payments: [{ to: 'tips', amount: tip }], ...change });
  const failed = marked({ error: 'no', deltas: [{ asset: 'SOL', amount: -8_000n }] });

  it('is found among other transactions of the wallet', () => {
    const other = marked({ signature: 'other', payments: [{ to: 'tips', amount: tip + 1n }] });
    expect(findByMark(permit, [other, marked()])).toEqual(marked());
    expect(findByMark(permit, [other])).toBeUndefined();
    expect(findByMark(permit, [])).toBeUndefined();
  });

  it.each([
    ['a tip of a wanted size', 'jito', tipFor(permit.id, permit.tipMax, 4_321n) ?? 0n],
    ['whichever account is tipped', 'sender', tip],
  ])('is found by %s', (_case, to, amount) => {
    const found = marked({ payments: [{ to, amount }] });
    expect(findByMark(permit, [found])).toEqual(found);
  });

  it('is the tip to the last lamport where the digits of two would do', () => {
    const near = tipFor(permit.id, permit.tipMax, 4_321n) ?? 0n;
    expect(near).not.toBe(tip);
    const alike = { signature: 'alike', payments: [{ to: 'tips', amount: near }] };
    expect(findByMark(permit, [marked(alike), marked()])).toEqual(marked());
    const deltas = [{ asset: 'SOL', amount: -8_000n }];
    const alikeFailed = marked({ ...alike, error: 'no', deltas });
    expect(findByMark(permit, [alikeFailed, failed])).toEqual(failed);
    expect(findByMark(permit, [failed, marked(alike)])).toEqual(marked(alike));
  });

  it('needs the permit’s own input, too, where the transaction succeeded', () => {
    const deltas = [{ asset: permit.mintIn, amount: 1n - permit.amountIn }];
    expect(findByMark(permit, [marked({ deltas })])).toBeUndefined();
  });

  it('is borne by a failed transaction, but one that succeeded wins', () => {
    expect(findByMark(permit, [failed])).toEqual(failed);
    expect(findByMark(permit, [failed, marked()])).toEqual(marked());
  });
});
