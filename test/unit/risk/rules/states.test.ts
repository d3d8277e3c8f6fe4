import { describe, expect, it } from 'vitest';
import type { RiskView } from '../../../../domain/risk/risk-view.ts';
import type { RiskRule } from '../../../../domain/risk/rule.ts';
import { attemptOpen } from '../../../../domain/risk/rules/attempt-open.ts';
import { coolDown } from '../../../../domain/risk/rules/cool-down.ts';
import { duplicate } from '../../../../domain/risk/rules/duplicate.ts';
import { halted } from '../../../../domain/risk/rules/halted.ts';
import { noExecutor } from '../../../../domain/risk/rules/no-executor.ts';
import { oldEpoch } from '../../../../domain/risk/rules/old-epoch.ts';
import { positionOpen } from '../../../../domain/risk/rules/position-open.ts';
import { reduceOnly } from '../../../../domain/risk/rules/reduce-only.ts';
import { runEnded } from '../../../../domain/risk/rules/run-ended.ts';
import { staleData } from '../../../../domain/risk/rules/stale-data.ts';
import { suspended } from '../../../../domain/risk/rules/suspended.ts';
import { unknownPosition } from '../../../../domain/risk/rules/unknown-position.ts';
import { quoteUnits, tokenUnits } from '../../../../domain/shared/units.ts';
import { aHeldPosition, aRiskView, aSignal, anExit, someLimits } from '../../../support/risk.ts';

const breachOf = (rule: RiskRule, view: Partial<RiskView>, signal = aSignal()) =>
  rule(signal, aRiskView(view), someLimits()).breach;
const { marketTimeMs, lastEventMs } = aSignal();

describe('a plain state', () => {
  it.each<[string, RiskRule, Partial<RiskView>, string]>([
    ['halted', halted, { halted: true, haltEpoch: 4 }, 'halted, epoch 4'],
    ['suspended', suspended, { isChainFresh: false }, 'stale or none'],
    ['no-executor', noExecutor, { leaseEpoch: undefined }, 'none'],
    ['old-epoch', oldEpoch, { leaseEpoch: 2, executorEpoch: 3 }, 'lease of epoch 2'],
    ['old-epoch', oldEpoch, { leaseEpoch: 4, executorEpoch: 3 }, 'lease of epoch 4'],
    ['duplicate', duplicate, { isSameMomentTaken: true }, `another at ${marketTimeMs}`],
    ['run-ended', runEnded, { runState: 'ending' }, 'ending'],
    ['run-ended', runEnded, { runState: undefined }, 'unknown'],
  ])('%s refuses it, and nothing else', (name, rule, view, actual) => {
    expect(breachOf(rule, {})).toBeUndefined();
    expect(breachOf(rule, view)).toMatchObject({ rule: name, actual });
  });

  it('leaves a missing lease to the rule that says it', () => {
    expect(breachOf(oldEpoch, { leaseEpoch: undefined })).toBeUndefined();
  });

  it.each(['starting', 'running'])('lets a run that is %s trade', (runState) => {
    expect(breachOf(runEnded, { runState })).toBeUndefined();
  });
});

describe('halted', () => {
  const flattened = { halted: true, haltEpoch: 4, flattenOf: 4 };
  it('lets the flatten of this very halt sell', () => {
    expect(breachOf(halted, flattened, anExit())).toBeUndefined();
    expect(breachOf(halted, flattened)?.rule).toBe('halted');
  });
  it('ends the flatten of a halt that a newer stop took over', () => {
    expect(breachOf(halted, { ...flattened, haltEpoch: 5 }, anExit())?.rule).toBe('halted');
    expect(breachOf(halted, { ...flattened, flattenOf: undefined }, anExit())?.rule).toBe('halted');
  });
});

describe('reduce-only', () => {
  it('lasts until the operator ends it, whatever the market says', () => {
    expect(breachOf(reduceOnly, { reduceOnlyBy: 'maintenance', reduceOnlyUntilMs: 0 })).toEqual({
      rule: 'reduce-only',
      limit: 'exits only: maintenance',
      actual: 'an entry',
    });
  });
  it('lasts until its market time, and not at it', () => {
    expect(breachOf(reduceOnly, { reduceOnlyUntilMs: marketTimeMs })).toBeUndefined();
    expect(breachOf(reduceOnly, { reduceOnlyUntilMs: marketTimeMs + 1 })?.rule).toBe('reduce-only');
  });
  it('refuses a time that is none', () => {
    const signal = aSignal({ marketTimeMs: Number.NaN });
    expect(breachOf(reduceOnly, { reduceOnlyUntilMs: 1 }, signal)?.rule).toBe('reduce-only');
  });
});

describe('cool-down', () => {
  const after = (ms: number) => ({ lastExitMarketMs: marketTimeMs - ms });

  it('is over when its time has passed exactly', () => {
    expect(breachOf(coolDown, after(300_000))).toBeUndefined();
    expect(breachOf(coolDown, after(299_999))).toEqual({
      rule: 'cool-down',
      limit: '300000',
      actual: '299999',
    });
  });
  it('does not begin before the first exit', () => {
    expect(breachOf(coolDown, { lastExitMarketMs: undefined })).toBeUndefined();
  });
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (lastExitMarketMs) => {
    expect(breachOf(coolDown, { lastExitMarketMs })?.rule).toBe('cool-down');
  });
});

describe('stale data', () => {
  const aged = (ms: number) => ({ marketNowMs: lastEventMs + ms, intervalMs: 60_000 });

  it('begins after two intervals', () => {
    expect(breachOf(staleData, aged(120_000))).toBeUndefined();
    expect(breachOf(staleData, aged(120_001))).toEqual({
      rule: 'stale-data',
      limit: '120000',
      actual: '120001',
    });
  });
  it.each<[string, Partial<RiskView>]>([
    ['no clock', { marketNowMs: undefined }],
    ['no event', { intervalMs: undefined }],
    ['a clock that is none', { marketNowMs: Number.NaN }],
    ['an endless age', { marketNowMs: Number.POSITIVE_INFINITY }],
    ['an interval that is none', { intervalMs: Number.NaN }],
    ['an endless interval', { intervalMs: Number.POSITIVE_INFINITY }],
  ])('refuses with %s', (_what, view) => {
    expect(breachOf(staleData, view)?.rule).toBe('stale-data');
  });
});

describe('attempt open', () => {
  const isNext = (attempt: number, lastAttempt: number, hasLiveAttempt = false) =>
    breachOf(attemptOpen, { lastAttempt, hasLiveAttempt }, aSignal({ attempt })) === undefined;

  it('takes the next attempt once the last one has ended', () => {
    expect(isNext(1, 0)).toBe(true);
    expect(isNext(2, 1)).toBe(true);
    expect(isNext(2, 1, true)).toBe(false);
  });
  it('takes none after one that landed', () => {
    const view = { lastAttempt: 1, hasLandedAttempt: true };
    expect(breachOf(attemptOpen, view, aSignal({ attempt: 2 }))?.actual).toBe(
      'attempt 1 has landed',
    );
  });
  it('takes no attempt twice and leaves none out', () => {
    expect([isNext(1, 1), isNext(3, 1), isNext(0, 0)]).toEqual([false, false, false]);
  });
});

describe('position open', () => {
  const other = { signalId: 'other', market: 'SOL-USDC' };

  it.each<[string, Partial<RiskView>]>([
    ['a position', { positions: [aHeldPosition(other)] }],
    ['an entry under way', { liveEntries: [{ ...other, notional: quoteUnits(1n) }] }],
  ])('is one a market: %s of another trade refuses it', (_what, view) => {
    expect(breachOf(positionOpen, view)).toMatchObject({ rule: 'position-open', actual: 'other' });
  });
  it('does not count another market, nor this trade itself', () => {
    const positions = [aHeldPosition({ signalId: 'x', market: 'BTC-USDC' }), aHeldPosition()];
    expect(breachOf(positionOpen, { positions })).toBeUndefined();
  });
});

describe('unknown position', () => {
  const positions = [aHeldPosition()];
  const { quantity } = aHeldPosition();

  it('lets an exit sell all that its trade holds, not one unit more', () => {
    const sell = (amountIn: bigint) =>
      breachOf(unknownPosition, { positions }, anExit({ amountIn: tokenUnits(amountIn) }));
    expect(sell(quantity)).toBeUndefined();
    expect(sell(quantity + 1n)).toEqual({
      rule: 'unknown-position',
      limit: String(quantity),
      actual: String(quantity + 1n),
    });
  });
  it.each([
    ['of another trade', anExit({ signalId: 'other' })],
    ['of another market', anExit({ market: 'BTC-USDC' })],
    ['that buys', anExit({ side: 'buy' })],
  ])('refuses an exit %s', (_what, exit) => {
    expect(breachOf(unknownPosition, { positions }, exit)?.actual).toBe('none');
  });
});
