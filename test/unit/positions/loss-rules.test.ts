import { describe, expect, it } from 'vitest';
import { lossBreaches, resultsOf, type LossView } from '../../../domain/positions/loss-rules.ts';
import { quoteUnits } from '../../../domain/shared/units.ts';

const DAY = 86_400_000;
const limits = { dailyLossMax: quoteUnits(300n), totalLossMax: quoteUnits(1_000n) };
const view = (over: Partial<LossView> = {}): LossView => ({
  marketTimeMs: 10 * DAY + 5,
  realised: [],
  openPnl: quoteUnits(0n),
  ...over,
});
const realised = (...results: readonly (readonly [atMs: number, pnl: bigint])[]) =>
  results.map(([closedAtMs, pnl]) => ({ closedAtMs, pnl: quoteUnits(pnl) }));
const rulesOf = (over: Partial<LossView>) =>
  lossBreaches(view(over), limits).map(({ rule }) => rule);

describe('loss limits', () => {
  it('let the loss of a day reach its limit, not pass it', () => {
    expect(rulesOf({ openPnl: quoteUnits(-300n) })).toEqual([]);
    expect(lossBreaches(view({ openPnl: quoteUnits(-301n) }), limits)).toEqual([
      { rule: 'daily-loss', loss: 301n, limit: 300n, untilMs: 11 * DAY },
    ]);
  });

  it('add what is realised today to what is open', () => {
    const today = realised([10 * DAY, -200n], [10 * DAY + 4, 50n]);
    expect(rulesOf({ realised: today, openPnl: quoteUnits(-150n) })).toEqual([]);
    expect(rulesOf({ realised: today, openPnl: quoteUnits(-151n) })).toEqual(['daily-loss']);
  });

  it('forget yesterday for the day, but never for the total', () => {
    const before = realised([10 * DAY - 1, -1_000n]);
    expect(rulesOf({ realised: before })).toEqual([]);
    expect(rulesOf({ realised: before, openPnl: quoteUnits(-1n) })).toEqual(['total-loss']);
  });

  it('are compared with results that anyone may read', () => {
    const both = realised([10 * DAY - 1, -40n], [10 * DAY, 7n]);
    const results = resultsOf(view({ realised: both, openPnl: quoteUnits(-2n) }));
    expect(results).toEqual({ dayMs: 10 * DAY, today: 5n, total: -35n });
  });

  it('name every limit that is passed', () => {
    expect(rulesOf({ openPnl: quoteUnits(-1_001n) })).toEqual(['total-loss', 'daily-loss']);
  });
});
