import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marketNow } from '../../../domain/market/feed.ts';
import {
  endClock,
  HOLD_MS_MAX,
  holdLeg,
  isHeld,
  jumpClock,
  releaseLeg,
  setBehind,
  startClock,
  tickClock,
  waitForEvent,
  type MarketClock,
} from '../../../domain/market/market-clock.ts';

const MARKET = 1_000_000;
const at = (clock: MarketClock, wallMs: number): number => marketNow(clock.anchor, wallMs);

describe('market clock', () => {
  it('runs at its speed while nothing is in flight', () => {
    const clock = startClock(60, MARKET, 0);
    expect(at(clock, 1_000)).toBe(MARKET + 60_000);
    expect(waitForEvent(clock, MARKET + 60_000, 0)).toBe(1_000);
    expect(waitForEvent(clock, MARKET + 60_000, 999)).toBe(1);
    expect(waitForEvent(clock, MARKET + 60_000, 1_000)).toBe(0);
  });

  it('runs at 1 from a leg’s trigger to its end, and never faster than a slow replay', () => {
    const held = holdLeg(startClock(600, MARKET, 0), 'a/entry', 100);
    expect(at(held, 100)).toBe(MARKET + 60_000);
    expect(at(held, 1_100)).toBe(MARKET + 61_000);
    const free = releaseLeg(held, 'a/entry', 1_100);
    expect(at(free, 1_200)).toBe(MARKET + 121_000);
    expect(holdLeg(startClock(0.5, MARKET, 0), 'a/entry', 0).anchor.rate).toBe(0.5);
  });

  it('lets go only when the last leg is over', () => {
    const both = holdLeg(holdLeg(startClock(60, MARKET, 0), 'a/entry', 0), 'b/exit', 0);
    const one = releaseLeg(both, 'a/entry', 10);
    expect(one.anchor.rate).toBe(1);
    expect(releaseLeg(one, 'b/exit', 20).anchor.rate).toBe(60);
    expect(releaseLeg(one, 'never-held', 20)).toBe(one);
  });

  it('is held by a leg for its longest time and not one millisecond more', () => {
    const held = holdLeg(startClock(60, MARKET, 0), 'a/entry', 0);
    expect(isHeld(held, HOLD_MS_MAX - 1)).toBe(true);
    expect(tickClock(held, HOLD_MS_MAX - 1)).toBe(held);
    expect(isHeld(held, HOLD_MS_MAX)).toBe(false);
    const ticked = tickClock(held, HOLD_MS_MAX);
    expect(ticked.anchor).toEqual({
      marketMs: MARKET + HOLD_MS_MAX,
      wallMs: HOLD_MS_MAX,
      rate: 60,
    });
    // The same leg, triggered again, does not begin anew.
    expect(holdLeg(ticked, 'a/entry', HOLD_MS_MAX + 1)).toBe(ticked);
  });

  it('jumps to the next event at `max`, but never past a leg in flight', () => {
    const clock = startClock('max', MARKET, 0);
    expect(waitForEvent(clock, MARKET + 60_000, 0)).toBe(0);
    expect(jumpClock(clock, MARKET + 60_000, 5).anchor.marketMs).toBe(MARKET + 60_000);
    const held = holdLeg(clock, 'a/entry', 0);
    expect(waitForEvent(held, MARKET + 60_000, 0)).toBe(HOLD_MS_MAX);
    expect(waitForEvent(held, MARKET + 3, 0)).toBe(3);
    expect(waitForEvent(held, MARKET + 60_000, HOLD_MS_MAX)).toBe(0);
  });

  it('stands still while events are behind, and goes on from there', () => {
    const behind = setBehind(startClock(60, MARKET, 0), true, 1_000);
    expect(at(behind, 9_000)).toBe(MARKET + 60_000);
    expect(setBehind(behind, true, 9_000)).toBe(behind);
    expect(at(setBehind(behind, false, 9_000), 10_000)).toBe(MARKET + 120_000);
  });

  it('ends for good', () => {
    const ended = endClock(startClock(60, MARKET, 0), MARKET + 60_000, 500);
    expect(ended.anchor).toEqual({ marketMs: MARKET + 60_000, wallMs: 500, rate: 0 });
    for (const later of [
      holdLeg(ended, 'a/exit', 600),
      setBehind(ended, true, 600),
      tickClock(ended, 99_999),
    ]) {
      expect(later.anchor).toEqual(ended.anchor);
    }
    // An end that was passed already is not gone back to.
    expect(endClock(startClock(60, MARKET, 0), MARKET, 500).anchor.marketMs).toBe(MARKET + 30_000);
  });

  it('never goes backwards, whatever is done to it', () => {
    const steps = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 30_000 }),
        what: fc.constantFrom('hold', 'release', 'tick', 'behind', 'free', 'jump', 'end'),
        leg: fc.constantFrom('a', 'b', 'c'),
        offset: fc.integer({ min: -100_000, max: 100_000 }),
      }),
    );
    const speeds = fc.oneof(fc.constant('max' as const), fc.integer({ min: 1, max: 5_000 }));
    fc.assert(
      fc.property(speeds, steps, (speed, list) => {
        let clock = startClock(speed, MARKET, 0);
        let wallMs = 0;
        let last = MARKET;
        for (const { waitMs, what, leg, offset } of list) {
          wallMs += waitMs;
          expect(at(clock, wallMs)).toBeGreaterThanOrEqual(last);
          const before = at(clock, wallMs);
          clock = {
            hold: () => holdLeg(clock, leg, wallMs),
            release: () => releaseLeg(clock, leg, wallMs),
            tick: () => tickClock(clock, wallMs),
            behind: () => setBehind(clock, true, wallMs),
            free: () => setBehind(clock, false, wallMs),
            jump: () => jumpClock(clock, before + offset, wallMs),
            end: () => endClock(clock, before + offset, wallMs),
          }[what]();
          last = at(clock, wallMs);
          expect(last).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });
});
