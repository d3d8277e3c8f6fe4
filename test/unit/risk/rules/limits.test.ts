import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../../domain/decision/signal.ts';
import type { RiskLimits, RiskView } from '../../../../domain/risk/risk-view.ts';
import type { RiskRule } from '../../../../domain/risk/rule.ts';
import { backlog } from '../../../../domain/risk/rules/backlog.ts';
import { dailyLoss } from '../../../../domain/risk/rules/daily-loss.ts';
import { notional } from '../../../../domain/risk/rules/notional.ts';
import { openPositions } from '../../../../domain/risk/rules/open-positions.ts';
import { positionShare } from '../../../../domain/risk/rules/position-share.ts';
import { priceCollar } from '../../../../domain/risk/rules/price-collar.ts';
import { totalExposure } from '../../../../domain/risk/rules/total-exposure.ts';
import { totalLoss } from '../../../../domain/risk/rules/total-loss.ts';
import { basisPoints, lamports, quoteUnits, tokenUnits } from '../../../../domain/shared/units.ts';
import { walletFloor } from '../../../../domain/risk/rules/wallet-floor.ts';
import { aHeldPosition, aRiskView, aSignal, someLimits } from '../../../support/risk.ts';

type Asked = {
  readonly signal?: Partial<Signal>;
  readonly view?: Partial<RiskView>;
  readonly limits?: Partial<RiskLimits>;
};

const ask = (rule: RiskRule, { signal, view, limits }: Asked) =>
  rule(aSignal(signal), aRiskView(view), someLimits(limits));
const breachOf = (rule: RiskRule, asked: Asked) => ask(rule, asked).breach;
const of = (amount: bigint) => ({ notional: quoteUnits(amount), amountIn: tokenUnits(amount) });

describe('notional', () => {
  it('reaches its limit', () => {
    expect(ask(notional, { signal: of(500_000_000n) })).toEqual({ share: 1 });
  });
  it.each([
    ['one unit above', of(500_000_001n), '500000000', '500000001'],
    ['one unit below the least', of(19_999_999n), 'at least 20000000', '19999999'],
    [
      'less than it spends',
      { ...of(200n), notional: quoteUnits(199n) },
      'at least 20000000',
      '199',
    ],
    [
      'less than it spends, above the least',
      { ...of(200_000_000n), notional: quoteUnits(199_999_999n) },
      'the 200000000 it spends',
      '199999999',
    ],
  ])('refuses %s', (_what, signal, limit, actual) => {
    expect(breachOf(notional, { signal })).toEqual({ rule: 'notional', limit, actual });
  });
});

describe('position share', () => {
  // 10,000 USDC, a twentieth of it: 500 USDC a market.
  const view = { committedInMarket: quoteUnits(300_000_000n) };

  it('lets a market reach its share exactly', () => {
    expect(ask(positionShare, { view, signal: of(200_000_000n) })).toEqual({ share: 1 });
  });
  it('refuses one unit over', () => {
    expect(breachOf(positionShare, { view, signal: of(200_000_001n) })).toEqual({
      rule: 'position-share',
      limit: '500000000',
      actual: '500000001',
    });
  });
  it('counts open positions to the equity, at their newest value', () => {
    const held = { positions: [aHeldPosition()], openPnl: quoteUnits(-200_010_000n) };
    // Paid 200.01, worth nothing now: the equity is the balance alone.
    expect(breachOf(positionShare, { view: held, signal: of(500_000_001n) })?.limit).toBe(
      '500000000',
    );
  });
  it.each([{ quoteBalance: undefined }, { openPnl: undefined }])(
    'refuses where the equity is unknown',
    (unknown) => {
      expect(breachOf(positionShare, { view: unknown })?.limit).toBe('a known equity');
    },
  );
});

describe('total exposure', () => {
  const view = { committed: quoteUnits(1_800_000_000n) };

  it('lets all markets together reach the limit, not pass it', () => {
    expect(ask(totalExposure, { view, signal: of(200_000_000n) })).toEqual({ share: 1 });
    expect(breachOf(totalExposure, { view, signal: of(200_000_001n) })).toEqual({
      rule: 'total-exposure',
      limit: '2000000000',
      actual: '2000000001',
    });
  });
});

describe('open positions', () => {
  const positions = ['a', 'b'].map((signalId) => aHeldPosition({ signalId }));
  const liveEntries = ['b', 'c'].map((signalId) => ({
    signalId,
    market: 'SOL-USDC',
    notional: quoteUnits(1n),
  }));

  it('counts each trade once, this one included', () => {
    const view = { positions, liveEntries };
    expect(breachOf(openPositions, { view, limits: { openPositionsMax: 4 } })).toBeUndefined();
    expect(breachOf(openPositions, { view, limits: { openPositionsMax: 3 } })).toEqual({
      rule: 'open-positions',
      limit: '3',
      actual: '4',
    });
  });
});

describe.each([
  { rule: dailyLoss, name: 'daily-loss', realised: 'realisedToday', limit: 300_000_000n },
  { rule: totalLoss, name: 'total-loss', realised: 'realisedInRun', limit: 1_000_000_000n },
] as const)('$name', ({ rule, name, realised, limit }) => {
  // A third is realised, the rest is what open positions stand at.
  const lost = (amount: bigint) => ({
    [realised]: quoteUnits(-limit / 3n),
    openPnl: quoteUnits(-(amount - limit / 3n)),
  });

  it('may reach its limit', () => {
    expect(ask(rule, { view: lost(limit) })).toEqual({ share: 1 });
  });
  it('refuses one unit more', () => {
    expect(breachOf(rule, { view: lost(limit + 1n) })).toEqual({
      rule: name,
      limit: String(limit),
      actual: String(limit + 1n),
    });
  });
  it('takes a profit for no loss', () => {
    expect(ask(rule, { view: { openPnl: quoteUnits(5n) } })).toEqual({ share: 0 });
  });
  it('refuses where a price is missing', () => {
    expect(breachOf(rule, { view: { openPnl: undefined } })?.actual).toBe('a price is missing');
  });
});

describe('price collar', () => {
  it('may reach its limit and rounds up', () => {
    expect(breachOf(priceCollar, { signal: { collarBps: 100 } })).toBeUndefined();
    expect(breachOf(priceCollar, { signal: { collarBps: 100.01 } })).toEqual({
      rule: 'price-collar',
      limit: '100',
      actual: '101',
    });
  });
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1])(
    'refuses %d',
    (collarBps) => {
      expect(breachOf(priceCollar, { signal: { collarBps } })?.actual).toBe(String(collarBps));
    },
  );
});

describe('backlog', () => {
  it('lets a thousand undelivered permits wait, not one more', () => {
    expect(breachOf(backlog, { view: { backlog: 1_000 } })).toBeUndefined();
    expect(breachOf(backlog, { view: { backlog: 1_001 } })?.actual).toBe('1001');
  });
});

describe('wallet floor', () => {
  // Two permits live and this one: three times 70,000 lamports may go.
  const view = (own: bigint) => ({ livePermits: 2, lamports: own });

  it('keeps the floor after every permit’s caps', () => {
    expect(breachOf(walletFloor, { view: view(100_210_000n) })).toBeUndefined();
    expect(breachOf(walletFloor, { view: view(100_209_999n) })).toEqual({
      rule: 'wallet-floor',
      limit: '100000000',
      actual: '99999999',
    });
  });
  it('pays from what is not promised to other entries', () => {
    const liveEntries = [{ signalId: 'other', market: 'BTC-USDC', notional: quoteUnits(1_000n) }];
    const owning = (amount: bigint) => ({ liveEntries, quoteBalance: quoteUnits(amount) });
    expect(breachOf(walletFloor, { view: owning(200_001_000n) })).toBeUndefined();
    expect(breachOf(walletFloor, { view: owning(200_000_999n) })).toEqual({
      rule: 'wallet-floor',
      limit: '200000000',
      actual: '199999999',
    });
  });
  it.each([{ lamports: undefined }, { quoteBalance: undefined }])(
    'refuses where no baseline is stored',
    (unknown) => {
      expect(breachOf(walletFloor, { view: unknown })?.limit).toBe('a stored baseline');
    },
  );
  it('holds with no lamports at all', () => {
    const limits = { walletFloor: lamports(0n), positionShareMax: basisPoints(1) };
    expect(breachOf(walletFloor, { view: { lamports: 69_999n }, limits })?.actual).toBe('-1');
  });
});
