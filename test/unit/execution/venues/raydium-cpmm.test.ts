import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteBaseInput } from '../../../../domain/execution/venues/raydium-cpmm.ts';
import { aPool } from '../../../support/permits.ts';
import { recordedFile } from '../../../support/recorded-data.ts';

const RECORDED = recordedFile('chain', 'golden_quotes', 'cpmm.json');

describe('Raydium CPMM quote', () => {
  it.skipIf(RECORDED === undefined)('matches every recorded quote', () => {
    type Row = Record<string, string> & { zeroForOne: boolean };
    const rows = JSON.parse(readFileSync(RECORDED ?? '', 'utf8')) as Row[];
    expect(rows).toHaveLength(200);
    const amount = (row: Row, name: string) => BigInt(row[name] ?? '');
    for (const row of rows) {
      const pool = aPool({
        // Recorded reserves are net; the vault holds the kept fees beside them.
        vault0: amount(row, 'r0') + amount(row, 'pf0') + amount(row, 'ff0'),
        vault1: amount(row, 'r1') + amount(row, 'pf1') + amount(row, 'ff1'),
        protocolFees0: amount(row, 'pf0'),
        protocolFees1: amount(row, 'pf1'),
        fundFees0: amount(row, 'ff0'),
        fundFees1: amount(row, 'ff1'),
        tradeFeeRate: amount(row, 'tradeFee'),
        protocolFeeRate: amount(row, 'protoFee'),
        fundFeeRate: amount(row, 'fundFee'),
      });
      const quote = quoteBaseInput(pool, row.zeroForOne, amount(row, 'amountIn'));
      expect(quote?.amountOut).toBe(amount(row, 'amountOut'));
    }
  });

  it('takes fees in the documented rounding', () => {
    // 1,001 in at 0.25 % = 2.5025, up to 3; of it 12 % and 4 % are below one unit.
    expect(quoteBaseInput(aPool(), true, 1_001n)).toEqual({
      amountOut: (998n * 2_000_000n) / 1_000_998n,
      tradeFee: 3n,
      protocolFee: 0n,
      fundFee: 0n,
      creatorFee: 0n,
      creatorFeeOnInput: true,
    });
  });

  it('splits a creator fee off the input', () => {
    const pool = aPool({ creatorFeeEnabled: true, creatorFeeRate: 500n });
    const quote = quoteBaseInput(pool, true, 100_000n);
    expect(quote).toMatchObject({ tradeFee: 250n, creatorFee: 50n, creatorFeeOnInput: true });
    expect(quote?.amountOut).toBe((99_700n * 2_000_000n) / 1_099_700n);
  });

  it.each([
    ['token 0 only, selling token 0', 1, true, true],
    ['token 0 only, selling token 1', 1, false, false],
    ['token 1 only, selling token 0', 2, true, false],
    ['token 1 only, selling token 1', 2, false, true],
  ])('puts the creator fee on the right side: %s', (_case, creatorFeeOn, zeroForOne, onInput) => {
    const pool = aPool({ creatorFeeEnabled: true, creatorFeeRate: 500n, creatorFeeOn });
    expect(quoteBaseInput(pool, zeroForOne, 10_000n)?.creatorFeeOnInput).toBe(onInput);
  });

  it('takes an output creator fee, rounded up, from what is paid', () => {
    const pool = aPool({ creatorFeeEnabled: true, creatorFeeRate: 500n, creatorFeeOn: 2 });
    const gross = (99_750n * 2_000_000n) / 1_099_750n;
    const fee = (gross * 500n + 999_999n) / 1_000_000n;
    const quote = quoteBaseInput(pool, true, 100_000n);
    expect(quote).toMatchObject({ amountOut: gross - fee, creatorFee: fee, tradeFee: 250n });
  });

  it.each([
    ['swaps are off', aPool({ status: 4 }), 1_000n, 0n],
    ['one second before it opens', aPool({ openTime: 100n }), 1_000n, 99n],
    ['a reserve is all fees', aPool({ vault1: 5n, fundFees1: 5n }), 1_000n, 0n],
    ['nothing goes in', aPool(), 0n, 0n],
    ['the fee takes all', aPool(), 1n, 0n],
  ])('has no quote when %s', (_case, pool, amountIn, unixSeconds) => {
    expect(quoteBaseInput(pool, true, amountIn, unixSeconds)).toBeUndefined();
  });

  it('opens at its open time, and other status bits do not close it', () => {
    expect(quoteBaseInput(aPool({ openTime: 100n, status: 3 }), true, 1_000n, 100n)).toBeDefined();
  });

  it('never lets the product of the reserves fall', () => {
    const reserve = fc.bigInt({ min: 1_000n, max: 2n ** 60n });
    fc.assert(
      fc.property(reserve, reserve, fc.bigInt({ min: 1n, max: 2n ** 60n }), fc.boolean(), check),
    );
    function check(vault0: bigint, vault1: bigint, amountIn: bigint, zeroForOne: boolean) {
      const quote = quoteBaseInput(aPool({ vault0, vault1 }), zeroForOne, amountIn);
      if (!quote) return;
      const [x, y] = zeroForOne ? [vault0, vault1] : [vault1, vault0];
      expect((x + amountIn) * (y - quote.amountOut)).toBeGreaterThanOrEqual(x * y);
      expect(quote.protocolFee + quote.fundFee).toBeLessThanOrEqual(quote.tradeFee);
    }
  });
});
