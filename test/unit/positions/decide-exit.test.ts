import { describe, expect, it } from 'vitest';
import { decideExit, type ExitQuestion } from '../../../domain/positions/decide-exit.ts';
import type { Position } from '../../../domain/positions/position.ts';
import { basisPoints, quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';
import { marketOf, poolAt, someSettings } from '../../support/decisions.ts';
import { aSignal } from '../../support/risk.ts';
import { aTrigger } from '../../support/trade-wires.ts';

const aPosition = (change: Partial<Position> = {}): Position => ({
  signalId: aSignal().signalId,
  runId: 'r1',
  market: 'SOL-USDC',
  status: 'exiting',
  quantity: tokenUnits(1_359_000_000n),
  cost: quoteUnits(200_000_000n),
  costsPaid: quoteUnits(10_000n),
  exits: aSignal().exits,
  openedAtMs: aSignal().marketTimeMs,
  ...change,
});

const ask = (change: Partial<ExitQuestion> = {}) =>
  decideExit({
    position: aPosition(),
    trigger: aTrigger(),
    attempt: 1,
    widenings: 0,
    pool: poolAt('148.2'),
    market: marketOf('SOL-USDC'),
    feed: { price: '148.2', marketTimeMs: aTrigger().marketTimeMs + 500 },
    settings: someSettings(),
    ...change,
  });

function signalOf(change: Partial<ExitQuestion> = {}) {
  const decision = ask(change);
  if (!decision.trade) throw new Error(decision.reasons.join(' '));
  return decision.signal;
}

describe('an exit', () => {
  it('sells all of the position at the feed’s newest price', () => {
    expect(signalOf({ attempt: 3 })).toMatchObject({
      leg: 'exit',
      side: 'sell',
      attempt: 3,
      amountIn: 1_359_000_000n,
      notional: 201_403_800n,
      feedPrice: '148.2',
      exitReason: 'take-profit',
      marketTimeMs: aTrigger().marketTimeMs + 500,
      timeToLiveMs: 5_000,
    });
  });

  it.each([
    [0, 50],
    [1, 100],
    [2, 200],
    [3, 400],
    [4, 500],
    [1_000, 500],
    [-1, 50],
  ])('after %d misses of its price allows %d bps', (widenings, bps) => {
    const { slippageMax, quotedOut, minAmountOut } = signalOf({ widenings });
    expect(slippageMax).toBe(bps);
    expect(minAmountOut).toBe((quotedOut * BigInt(10_000 - bps)) / 10_000n);
  });

  it('never allows more than its cap, even where an entry would', () => {
    const settings = someSettings({ exitSlippageMax: basisPoints(30) });
    expect(signalOf({ settings }).slippageMax).toBe(30);
  });

  it.each<[string, Partial<ExitQuestion>, RegExp]>([
    ['an unknown position', { position: undefined }, /No position/],
    ['a closed position', { position: aPosition({ status: 'closed' }) }, /is closed/],
    ['an empty position', { position: aPosition({ quantity: tokenUnits(0n) }) }, /is closed/],
    ['no pool', { pool: undefined }, /was not seen at slot 1230/],
    ['a pool that does not swap', { pool: { ...poolAt('148.2'), status: 4 } }, /gives no quote/],
  ])('is declined for %s', (_what, change, reason) => {
    const decision = ask(change);
    expect(decision.trade).toBe(false);
    expect(decision.reasons.join()).toMatch(reason);
  });
});
