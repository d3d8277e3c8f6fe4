import { describe, expect, it } from 'vitest';
import { createPaperMarket } from '../../../../bench/edge/paper-market.ts';
import { oneAtATime } from '../../../../bench/edge/policies.ts';
import { makeTrade, type Entry, type Trade } from '../../../../bench/edge/trade.ts';
import type { MarketEvent } from '../../../../domain/market/market-event.ts';
import { basisPoints, quoteUnits } from '../../../../domain/shared/units.ts';
import { marketOf, someSettings } from '../../../support/decisions.ts';

const MINUTE = 60_000;

function rulesOf(closes: readonly string[]) {
  const market = marketOf('SOL-USDC');
  const readings = closes.map((close, at) => {
    const prices = { open: close, high: close, low: close, close };
    const event: MarketEvent = {
      ...{ kind: 'candle', market: market.id, source: 'test', volume: '1' },
      ...{ marketTimeMs: at * MINUTE, intervalMs: MINUTE, ...prices },
    };
    return { event, market, featureVersion: 'state_v1', screen: undefined };
  });
  const recording = {
    name: 'test',
    market,
    intervalMs: MINUTE,
    warmupEndMs: 0,
    readings,
    readMs: 1,
  };
  return { paper: createPaperMarket(recording, '150'), settings: someSettings() };
}

const anEntry = (over: Partial<Entry> = {}): Entry => ({
  at: 0,
  notional: quoteUnits(20_000_000n),
  minAmountOut: 1n,
  exits: { stopLoss: basisPoints(200), takeProfit: basisPoints(200), timeExitMs: 3 * MINUTE },
  exploring: false,
  ...over,
});

describe('a trade of the walk', () => {
  it('pays two pool fees, impact and both legs of tip and fee on a still market', () => {
    const trade = makeTrade(anEntry(), rulesOf(['150', '150', '150', '150', '150', '150', '150']));
    // 50 bps of fees; 140,000 lamports at 150 are 0.021 of 20 USDC, 10.5 bps.
    expect(trade!.grossBps).toBe(0);
    expect(trade!.netBps).toBeLessThan(-60);
    expect(trade!.netBps).toBeGreaterThan(-61);
    expect([trade!.reason, trade!.soldAt]).toEqual(['time', 5]);
  });

  it('buys and sells one bar after it decides', () => {
    const trade = makeTrade(anEntry(), rulesOf(['150', '151', '156', '155.5', '1', '1']));
    expect([trade!.reason, trade!.soldAt]).toEqual(['take-profit', 3]);
    expect(trade!.grossBps).toBeCloseTo((155.5 / 151 - 1) * 10_000);
  });

  it('is none where the next bar pays less than was asked for', () => {
    const rules = rulesOf(['150', '160', '160', '160']);
    expect(makeTrade(anEntry({ minAmountOut: 132_000_000n }), rules)).toBeUndefined();
  });

  it('tries again, with more slippage, when the price falls past the limit of a sale', () => {
    const trade = makeTrade(
      anEntry(),
      rulesOf(['150', '150', '146', '140', '139.9', '139', '139']),
    );
    expect([trade!.reason, trade!.soldAt]).toEqual(['stop-loss', 4]);
  });

  it('ends with the recording', () => {
    expect(makeTrade(anEntry(), rulesOf(['150', '150', '150']))!.reason).toBe('run-ended');
    expect(makeTrade(anEntry(), rulesOf(['150', '150']))).toBeUndefined();
  });
});

describe('one live position', () => {
  it('passes over entries while a trade is open', () => {
    const tradeAt = (at: number): Trade => ({
      ...{ at, soldAt: at + 5, decidedMs: at, soldMs: at + 5, netBps: 0, grossBps: 0 },
      ...{ exploring: false, reason: 'time' },
    });
    expect(oneAtATime([1, 3, 6, 7, 11], tradeAt).map(({ at }) => at)).toEqual([1, 6, 11]);
  });
});
