import { describe, expect, it } from 'vitest';
import type { MarketEvent } from '../../../domain/market/market-event.ts';
import { createScreens, type ScreenName } from '../../../domain/market/screens.ts';
import { aCandle } from './candles.ts';

const WINDOW = 20;
const COOL_DOWN = 12;

/** What the screens say of the last of these candles, after a full window of quiet ones. */
function after(
  wanted: readonly ScreenName[],
  bar: Partial<MarketEvent>,
  before: (minute: number) => Partial<MarketEvent> = () => ({}),
): ScreenName | undefined {
  const screens = createScreens(wanted);
  for (let minute = 0; minute < WINDOW; minute++) {
    expect(screens.add(aCandle(minute, before(minute)))).toBeUndefined();
  }
  return screens.add(aCandle(WINDOW, bar));
}

describe('screens', () => {
  it.each<[string, Partial<MarketEvent>, ScreenName | undefined]>([
    ['not at three times the mean volume', { close: '101', volume: '30' }, undefined],
    ['just above it', { close: '101', volume: '30.000001' }, 'volume-surge'],
    ['not where the price falls', { close: '99', volume: '100' }, undefined],
  ])('volume surge: %s', (_rule, bar, fired) => {
    expect(after(['volume-surge'], bar)).toBe(fired);
  });

  it.each<[string, string, ScreenName | undefined]>([
    ['not at the highest high', '100', undefined],
    ['just above it', '100.0001', 'momentum-breakout'],
  ])('momentum breakout: %s', (_rule, close, fired) => {
    expect(after(['momentum-breakout'], { close })).toBe(fired);
  });

  it.each<[string, string, ScreenName | undefined]>([
    // Closes of 99 and 101 in turn: mean 100, deviation 1, limit 97.8.
    ['not at the limit', '97.8', undefined],
    ['just below it', '97.79', 'oversold'],
  ])('oversold: %s', (_rule, close, fired) => {
    const swinging = (minute: number) => ({ close: minute % 2 === 0 ? '99' : '101' });
    expect(after(['oversold'], { close }, swinging)).toBe(fired);
  });

  it('calls nothing oversold in a window that does not move', () => {
    expect(after(['oversold'], { close: '1' })).toBeUndefined();
  });

  it('names the first in rank when several fire, and only those that are wanted', () => {
    const bar = { close: '105', volume: '1000' };
    expect(after([], bar)).toBe('volume-surge');
    expect(after(['momentum-breakout', 'oversold'], bar)).toBe('momentum-breakout');
  });

  it('needs a whole window', () => {
    const screens = createScreens([]);
    for (let minute = 0; minute < WINDOW; minute++) {
      expect(screens.add(aCandle(minute, { close: '1000', volume: '9e9' }))).toBeUndefined();
    }
  });

  it('cools down for twelve bars after it fired, whichever screen it was', () => {
    const screens = createScreens([]);
    let minute = 0;
    for (; minute < WINDOW; minute++) screens.add(aCandle(minute));
    // Each bar breaks out above the last.
    const next = () => {
      const price = String(101 + minute);
      return screens.add(aCandle(minute++, { high: price, close: price }));
    };
    expect(next()).toBe('momentum-breakout');
    for (let bar = 0; bar < COOL_DOWN; bar++) expect(next()).toBeUndefined();
    expect(next()).toBe('momentum-breakout');
  });
});
