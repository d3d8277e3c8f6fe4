import { describe, expect, it } from 'vitest';
import { approveSignal } from '../../../domain/risk/approve-signal.ts';
import type { RiskView } from '../../../domain/risk/risk-view.ts';
import type { Verdict } from '../../../domain/risk/verdict.ts';
import { quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';
import {
  aHeldPosition,
  aRiskView,
  aSignal,
  anExit,
  someLimits,
  someTerms,
} from '../../support/risk.ts';

const approve = (signal = aSignal(), view: Partial<RiskView> = {}): Verdict =>
  approveSignal(signal, aRiskView(view), someLimits(), someTerms());
const rulesOf = (verdict: Verdict): readonly string[] =>
  verdict.approved ? [] : verdict.breaches.map(({ rule }) => rule);

/** A moment in which everything that can be wrong for an entry is. */
const disaster: Partial<RiskView> = {
  halted: true,
  isChainFresh: false,
  leaseEpoch: 1,
  executorEpoch: 3,
  backlog: 2_000,
  hasLiveAttempt: true,
  runState: 'ended',
  reduceOnlyUntilMs: Number.POSITIVE_INFINITY,
  committed: quoteUnits(5_000_000_000n),
  committedInMarket: quoteUnits(5_000_000_000n),
  positions: ['a', 'b', 'c', 'd', 'e'].map((signalId) => aHeldPosition({ signalId })),
  openPnl: quoteUnits(-5_000_000_000n),
  isSameMomentTaken: true,
  lastExitMarketMs: aSignal().marketTimeMs,
  lamports: 0n,
  marketNowMs: aSignal().marketTimeMs + 86_400_000,
};
const badEntry = aSignal({
  notional: quoteUnits(1n),
  minAmountOut: tokenUnits(1n),
  collarBps: Number.NaN,
});

describe('an approved entry', () => {
  it('becomes a permit of the signal, the epochs and the terms', () => {
    expect(approve()).toEqual({
      approved: true,
      signal: aSignal(),
      adjustments: [],
      riskScore: 1, // The least that it takes is at the slippage limit.
      permit: {
        ...someTerms(),
        id: `${aSignal().signalId}/entry/1`,
        leg: 'entry',
        attempt: 1,
        market: 'SOL-USDC',
        side: 'buy',
        amountIn: 200_000_000n,
        minAmountOut: 1_353_200_000n,
        reduceOnly: false,
        flattenOf: undefined,
        executorEpoch: 3,
        haltEpoch: 0,
      },
    });
  });

  it('is scored by the rule that is nearest to its limit', () => {
    const calm = aSignal({ minAmountOut: aSignal().quotedOut, collarBps: 0 });
    const score = (view: Partial<RiskView>) => {
      const verdict = approve(calm, view);
      return verdict.approved ? verdict.riskScore : undefined;
    };
    expect(score({})).toBeCloseTo(0.4); // 200 of 500 USDC a trade, and of a market's share.
    expect(score({ committed: quoteUnits(1_700_000_000n) })).toBeCloseTo(0.95);
    expect(score({ realisedToday: quoteUnits(-240_000_000n) })).toBeCloseTo(0.8);
  });

  it('is made smaller where there is less room, and says so', () => {
    const verdict = approve(aSignal(), { committed: quoteUnits(1_900_000_000n) });
    expect(verdict).toMatchObject({
      approved: true,
      permit: { amountIn: 100_000_000n, minAmountOut: 676_600_000n },
      signal: { amountIn: 100_000_000n },
      adjustments: [{ rule: 'total-exposure', from: '200000000', to: '100000000' }],
    });
  });
});

describe('a refused entry', () => {
  it('names every breach at once', () => {
    expect(rulesOf(approve(badEntry, disaster))).toEqual([
      'halted',
      'suspended',
      'old-epoch',
      'backlog',
      'attempt-open',
      'slippage',
      'run-ended',
      'reduce-only',
      'notional',
      'position-share',
      'total-exposure',
      'open-positions',
      'position-open',
      'daily-loss',
      'total-loss',
      'price-collar',
      'stale-data',
      'duplicate',
      'cool-down',
      'wallet-floor',
    ]);
  });

  it('is not approved by what is unknown', () => {
    const unknown = {
      leaseEpoch: undefined,
      runState: undefined,
      openPnl: undefined,
      lamports: undefined,
      quoteBalance: undefined,
      marketNowMs: undefined,
      intervalMs: undefined,
    };
    expect(rulesOf(approve(aSignal(), unknown))).toEqual([
      'no-executor',
      'run-ended',
      'position-share',
      'daily-loss',
      'total-loss',
      'stale-data',
      'wallet-floor',
    ]);
  });
});

describe('an exit', () => {
  const positions = [aHeldPosition()];

  it('is not held back by anything that guards entries', () => {
    const eitherLeg = {
      halted: false,
      isChainFresh: true,
      leaseEpoch: 3,
      backlog: 0,
      hasLiveAttempt: false,
    };
    const unknown = { quoteBalance: undefined, openPnl: undefined, marketNowMs: undefined };
    const exit = anExit({ collarBps: Number.NaN, notional: quoteUnits(1n) });
    const verdict = approve(exit, { ...disaster, ...unknown, ...eitherLeg, positions });
    expect(rulesOf(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ approved: true, permit: { leg: 'exit', reduceOnly: true } });
  });

  it('is held back by what endangers either leg', () => {
    expect(rulesOf(approve(anExit({ minAmountOut: tokenUnits(1n) }), disaster))).toEqual([
      'halted',
      'suspended',
      'old-epoch',
      'backlog',
      'attempt-open',
      'slippage',
      'unknown-position',
    ]);
  });
});

describe('a flatten', () => {
  const view = { halted: true, haltEpoch: 4, flattenOf: 4, positions: [aHeldPosition()] };

  it('gets permits that only this halt admits', () => {
    const verdict = approve(anExit(), view);
    expect(verdict).toMatchObject({
      approved: true,
      permit: { reduceOnly: true, flattenOf: 4, haltEpoch: 4, leg: 'exit' },
    });
  });

  it('opens nothing', () => {
    expect(rulesOf(approve(aSignal(), view))).toContain('halted');
  });

  it('leaves no mark on the permits of a system that is not halted', () => {
    const verdict = approve(anExit(), { ...view, halted: false });
    expect(verdict).toMatchObject({ approved: true, permit: { flattenOf: undefined } });
  });
});
