import type { MarketEvent } from './market-event.ts';

/** A cheap look at the newest bar against the bars before it: is this worth the brain's time? */
export type ScreenName = 'momentum-breakout' | 'oversold' | 'volume-surge';

type Bar = {
  readonly open: number;
  readonly high: number;
  readonly close: number;
  readonly volume: number;
};

const WINDOW_BARS = 20;
/** Market-wide, so that one move makes one candidate and not ten. */
const COOL_DOWN_BARS = 12;
/** Deviations below the window's mean that count as oversold. */
const OVERSOLD_DEVIATIONS = 2.2;
const SURGE_TIMES = 3;

/** In order of rank: the first that fires names the candidate. */
const SCREENS: Readonly<Record<ScreenName, (bar: Bar, before: readonly Bar[]) => boolean>> = {
  'volume-surge': (bar, before) =>
    bar.close > bar.open && bar.volume > SURGE_TIMES * meanOf(before, ({ volume }) => volume),
  'momentum-breakout': (bar, before) => before.every(({ high }) => bar.close > high),
  oversold: (bar, before) => {
    const mean = meanOf(before, ({ close }) => close);
    const variance = meanOf(before, ({ close }) => (close - mean) ** 2);
    return variance > 0 && bar.close < mean - OVERSOLD_DEVIATIONS * Math.sqrt(variance);
  },
};

export type Screens = {
  /** The screen that fires on this event, if one does. Every event of the market, in order. */
  add(event: MarketEvent): ScreenName | undefined;
};

/**
 * The screens of one market. They see market data alone, never trades, so the same data gives the
 * same candidates. Floats are fine: a screen only chooses what is looked at.
 */
export function createScreens(wanted: readonly string[]): Screens {
  // Keys of a literal; empty means all.
  const names = (Object.keys(SCREENS) as ScreenName[]).filter(
    (name) => wanted.length === 0 || wanted.includes(name),
  );
  const before: Bar[] = [];
  let sinceFired = COOL_DOWN_BARS;

  return {
    add(event) {
      const bar = barOf(event);
      sinceFired += 1;
      const ready = before.length === WINDOW_BARS && sinceFired > COOL_DOWN_BARS;
      const fired = ready ? names.find((name) => SCREENS[name](bar, before)) : undefined;
      if (fired !== undefined) sinceFired = 0;
      before.push(bar);
      if (before.length > WINDOW_BARS) before.shift();
      return fired;
    },
  };
}

function barOf({ open, high, close, volume }: MarketEvent): Bar {
  return {
    open: Number(open),
    high: Number(high),
    close: Number(close),
    volume: Number(volume),
  };
}

function meanOf(bars: readonly Bar[], of: (bar: Bar) => number): number {
  return bars.reduce((sum, bar) => sum + of(bar), 0) / bars.length;
}
