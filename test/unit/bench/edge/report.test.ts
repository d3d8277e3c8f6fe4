import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../../bench/edge/options.ts';
import { figuresOf } from '../../../../bench/edge/trade-figures.ts';
import { verdictOf } from '../../../../bench/edge/verdict.ts';
import type { Trade } from '../../../../bench/edge/trade.ts';

const DAY = 86_400_000;
const tradesOf = (nets: readonly number[]): readonly Trade[] =>
  nets.map((netBps, at) => ({
    ...{ at, soldAt: at + 1, decidedMs: at * DAY, soldMs: at * DAY + 1 },
    ...{ netBps, grossBps: netBps + 60, exploring: false, reason: 'time' },
  }));

describe('the verdict', () => {
  it('claims an edge only where the lower bound is above 0', () => {
    expect(verdictOf(tradesOf([5, 6, 7, 5, 6, 8]), [])).toMatch(/^Edge after costs: \+6\.2 bps/);
    expect(verdictOf(tradesOf([90, -60, 70, -80]), [])).toMatch(
      /^No edge after costs: .*must hold/,
    );
  });

  it('sees none in one lucky day, and none without a trade', () => {
    expect(verdictOf(tradesOf([500]), [])).toMatch(/^No edge/);
    expect(verdictOf([], tradesOf([-60]))).toMatch(/let no trade through; the 1 exploring/);
  });
});

describe('figures of trades', () => {
  it('counts costs against all that the market moved', () => {
    const { feeShare, grossBps, winShare } = figuresOf(tradesOf([0, -120]));
    expect([feeShare, grossBps, winShare]).toEqual([1, 0, 0]);
  });
});

describe('options of the edge report', () => {
  it('takes several files and wants one at least', () => {
    expect(readOptions(['--file', 'a', '--file', 'b']).files).toEqual(['a', 'b']);
    expect(() => readOptions([])).toThrow(/usage/);
    expect(() => readOptions(['--file', 'a', '--bars', '10'])).toThrow(/at least 600/);
  });
});
