import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, type EntryQuestion } from '../../../domain/decision/decide.ts';
import type { Signal } from '../../../domain/decision/signal.ts';
import { basisPoints } from '../../../domain/shared/units.ts';
import { aQuestion, marketOf, poolAt, someSettings } from '../../support/decisions.ts';
import { aPool } from '../../support/permits.ts';
import { aCandidate, anOpinion } from '../../support/trade-wires.ts';

/** Wins less than the costs of a round trip. */
const worthless = anOpinion({ probability: 0.5, averageWinBps: 40, averageLossBps: 40 });

function signalOf(change: Partial<EntryQuestion> = {}): Signal {
  const decision = decide(aQuestion(change));
  if (!decision.trade) throw new Error(decision.reasons.join(' '));
  return decision.signal;
}

function reasonsAgainst(change: Partial<EntryQuestion>): string {
  const decision = decide(aQuestion(change));
  expect(decision.trade).toBe(false);
  return decision.reasons.join(' ');
}

describe('an entry', () => {
  it('inherits its candidate and asks for what the pool pays', () => {
    const signal = signalOf();
    expect(signal).toMatchObject({
      signalId: aCandidate().signalId,
      leg: 'entry',
      attempt: 1,
      side: 'buy',
      feedPrice: '146.74',
      exploring: false,
      timeToLiveMs: 2_000,
    });
    expect(signal.amountIn).toBe(signal.notional);
    expect(signal.expectedValueBps).toBeGreaterThan(0);
  });

  it('takes at least the quote less its slippage, rounded down', () => {
    const { quotedOut, minAmountOut } = signalOf();
    expect(minAmountOut).toBe((quotedOut * 9_950n) / 10_000n);
    expect(signalOf({ settings: someSettings({ slippageMax: basisPoints(1) }) }).minAmountOut).toBe(
      (quotedOut * 9_999n) / 10_000n,
    );
  });

  it('is weighed by where base and quote lie in the pool, not by their order', () => {
    const market = marketOf('BTC-USDC');
    expect(market.pool.baseIsToken0).toBe(false);
    const candidate = aCandidate({ market: 'BTC-USDC', price: '96000' });
    const { quotedOut, notional } = signalOf({ candidate, market, pool: poolAt('96000', market) });
    const paid = Number(notional) / 1e6;
    expect(paid / (Number(quotedOut) / 1e8) / 96_000).toBeCloseTo(1.0025, 3); // The pool's fee.
  });
});

describe('the collar', () => {
  it.each([
    ['above', '148.2074'], // One percent.
    ['below', '145.2726'],
  ])('sees a pool whose price is %s the feed’s', (_side, price) => {
    const fee = signalOf().collarBps;
    const { collarBps } = signalOf({ pool: poolAt(price) });
    expect(Math.abs(collarBps - 100)).toBeLessThanOrEqual(fee + 1);
    expect(collarBps).toBeGreaterThan(50);
  });
});

describe('the size', () => {
  it('is between the smallest and the full one, larger for a better opinion', () => {
    const settings = someSettings();
    let last = 0n;
    for (const probability of [0.5, 0.6, 0.7, 0.8, 0.9, 1]) {
      const opinion = anOpinion({ probability, averageWinBps: 400, averageLossBps: 60 });
      const { notional } = signalOf({ opinion, settings });
      expect(notional).toBeGreaterThanOrEqual(last);
      last = notional;
    }
    expect(last).toBeLessThanOrEqual(settings.notional);
    expect(last).toBeGreaterThan((settings.notional * 9n) / 10n);
  });

  it('is never outside its bounds', () => {
    const bps = fc.double({ min: 0, max: 10_000, noNaN: true });
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(chance, bps, bps, (probability, averageWinBps, averageLossBps) => {
        const opinion = anOpinion({ probability, averageWinBps, averageLossBps });
        const settings = someSettings({ evGate: 'observe' });
        const { notional, exploring } = signalOf({ opinion, settings });
        expect(notional).toBeLessThanOrEqual(settings.notional);
        expect(notional).toBeGreaterThanOrEqual(settings.notionalMin);
        if (exploring) expect(notional).toBe(settings.notionalMin);
      }),
    );
  });
});

describe('the gate of expected value', () => {
  it('enforced, declines what is not worth its costs', () => {
    expect(reasonsAgainst({ opinion: worthless })).toMatch(/^Expected value -.* not positive\./);
  });

  it('observing, explores it at the smallest size', () => {
    const settings = someSettings({ evGate: 'observe' });
    const signal = signalOf({ opinion: worthless, settings });
    expect(signal).toMatchObject({ exploring: true, notional: settings.notionalMin });
    expect(signal.expectedValueBps).toBeLessThan(0);
  });
});

describe('a decline', () => {
  it.each<[string, Partial<EntryQuestion>, RegExp]>([
    ['an unknown state', { opinion: anOpinion({ known: false }) }, /Unknown state/],
    ['a falling market', { opinion: anOpinion({ direction: 'down' }) }, /Direction is down/],
    ['a flat market', { opinion: anOpinion({ direction: 'flat' }) }, /Direction is flat/],
    ['weak conviction', { opinion: anOpinion({ conviction: 0.69 }) }, /Conviction 0\.69 is below/],
    [
      'a conviction that is none',
      { opinion: anOpinion({ conviction: Number.NaN }) },
      /Conviction NaN/,
    ],
    ['a pool not seen', { pool: undefined }, /was not seen at slot 1200/],
    ['an empty pool', { pool: aPool({ vault0: 0n }) }, /gives no quote/],
    ['a closed pool', { pool: { ...poolAt('146.74'), status: 4 } }, /gives no quote/],
  ])('names %s', (_what, change, reason) => {
    expect(reasonsAgainst(change)).toMatch(reason);
  });

  it('lets conviction reach its threshold', () => {
    expect(decide(aQuestion({ opinion: { ...aQuestion().opinion, conviction: 0.7 } })).trade).toBe(
      true,
    );
  });

  it('names every reason at once, and what the brain said', () => {
    const opinion = { ...worthless, known: false, direction: 'down' as const, conviction: 0.1 };
    const { reasons } = decide(aQuestion({ opinion }));
    expect(reasons).toHaveLength(5);
    expect(reasons.at(-1)).toBe('19 of 32 nearest states rose');
  });

  const numbers = [
    'conviction',
    'probability',
    'averageWinBps',
    'averageLossBps',
    'typicalMoveBps',
    'horizonMs',
  ] as const;
  it.each(numbers.flatMap((name) => [Number.NaN, Infinity].map((value) => ({ name, value }))))(
    'comes of $name $value, even when observing',
    ({ name, value }) => {
      const opinion = { ...aQuestion().opinion, [name]: value };
      const settings = someSettings({ evGate: 'observe' });
      expect(reasonsAgainst({ opinion, settings })).toMatch(/a number that is none/);
    },
  );
});
