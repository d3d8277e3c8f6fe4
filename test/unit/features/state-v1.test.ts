import { describe, expect, it } from 'vitest';
import {
  createStateV1,
  STATE_V1_NAMES,
  STATE_V1_WARMUP_BARS,
} from '../../../adapters/features/state-v1.ts';
import { createRobustScaler } from '../../../domain/analysis/robust-scaler.ts';
import type { MarketEvent } from '../../../domain/market/market-event.ts';
import { eventsOf, recordingOf } from '../../support/market-states.ts';
import {
  averageTrueRange,
  deviation,
  exponentialMean,
  lastOf,
  logReturns,
  moneyFlow,
  relativeStrength,
  type Bars,
} from './plain-indicators.ts';

const BARS = 420;
const feeds: [string, readonly MarketEvent[]][] = [
  [
    'synthetic candles',
    await eventsOf({ kind: 'synthetic', market: 'SOL-USDC', bars: BARS, seed: 3 }),
  ],
];
for (const file of [
  'SOLUSDT_perp_1m_MERGED_2025-05-04_2025-06-24.csv.gz',
  'BONKUSDT_spot_5m_2024-01_2024-09.csv.gz',
]) {
  const path = recordingOf(file);
  if (path) feeds.push([file, await eventsOf({ kind: 'replay', files: [path], bars: BARS })]);
}

function featuresOver(events: readonly MarketEvent[]): (readonly number[] | undefined)[] {
  const stream = createStateV1(events[0]!.market);
  return events.map((event) => stream.add(event));
}

function barsOf(events: readonly MarketEvent[]): Bars {
  const column = (name: 'open' | 'high' | 'low' | 'close' | 'volume') =>
    events.map((event) => Number(event[name]));
  return {
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('volume'),
  };
}

/** Raw features of one bar by their textbook definitions; the scaler is tested by itself. */
function plainFeatures(bars: Bars, at: number): Partial<Record<string, number>> {
  const { open, high, low, close, volume } = bars;
  const price = close[at]!;
  const atr = averageTrueRange(bars)[at]!;
  const returns = logReturns(bars);
  const window = lastOf(close, at, 20);
  const middle = window.reduce((sum, one) => sum + one, 0) / window.length;
  const band = 4 * deviation(window);
  const [top, bottom] = [Math.max(...lastOf(high, at, 60)), Math.min(...lastOf(low, at, 60))];
  const move = (back: number): number => (price - close[at - back]!) / (atr * Math.sqrt(back));
  return {
    return_1_atr: move(1),
    return_5_atr: move(5),
    return_15_atr: move(15),
    return_60_atr: move(60),
    rsi_14: relativeStrength(bars)[at]! / 50 - 1,
    log_atr_share: Math.log(atr / price),
    log_volatility_12_60: Math.log(
      (deviation(lastOf(returns, at, 12)) + 1e-12) / (deviation(lastOf(returns, at, 60)) + 1e-12),
    ),
    bollinger_b: (price - (middle - band / 2)) / band,
    log_band_width: Math.log(band / price + 1e-6),
    ema_20_50_atr:
      ((exponentialMean(close, at, 20) / exponentialMean(close, at, 50) - 1) * price) / atr,
    mfi_14: moneyFlow(bars, at) / 50 - 1,
    volume: Math.log(1 + volume[at]!),
    body_atr: (price - open[at]!) / atr,
    close_location: high[at]! > low[at]! ? (price - low[at]!) / (high[at]! - low[at]!) : 0.5,
    range_atr: (high[at]! - low[at]!) / atr,
    range_position_60: (price - bottom) / (top - bottom),
  };
}

describe.each(feeds)('state_v1 over %s', (_name, events) => {
  const streamed = featuresOver(events);

  it('has its first vector after the warm-up, and one each bar from then on', () => {
    const first = streamed.findIndex((features) => features !== undefined);
    expect(first).toBe(STATE_V1_WARMUP_BARS - 1);
    for (const features of streamed.slice(first)) {
      expect(features).toHaveLength(STATE_V1_NAMES.length);
      for (const [at, value] of features!.entries()) {
        expect(Math.fround(value), STATE_V1_NAMES[at]).toBe(value);
        expect(Math.abs(value), STATE_V1_NAMES[at]).toBeLessThanOrEqual(3);
      }
    }
  });

  it('agrees with the textbook, indicator by indicator', () => {
    const bars = barsOf(events);
    const firstRaw = 60; // The scalers begin when the longest return is known.
    let compared = 0;
    const plain = bars.close.map((_, at) => (at < firstRaw ? {} : plainFeatures(bars, at)));
    for (const name of Object.keys(plain.at(-1)!)) {
      const scaler = createRobustScaler();
      const column = STATE_V1_NAMES.findIndex((one) => one === name);
      for (let at = firstRaw; at < events.length; at++) {
        const scaled = scaler.scale(plain[at]![name]!);
        const features = streamed[at];
        if (features === undefined) continue;
        compared += 1;
        expect(features[column], `${name} of bar ${at}`).toBeCloseTo(scaled, 4);
      }
    }
    expect(compared).toBeGreaterThan(1_000);
  });

  it('knows the hour by the clock of the market', () => {
    const at = events.length - 1;
    const day = new Date(events[at]!.marketTimeMs);
    const turn = (2 * Math.PI * (day.getUTCHours() * 60 + day.getUTCMinutes())) / 1_440;
    expect(streamed[at]!.at(-2)).toBeCloseTo(Math.sin(turn), 6);
    expect(streamed[at]!.at(-1)).toBeCloseTo(Math.cos(turn), 6);
  });

  it('does not change when the bars after it do', () => {
    const from = 300;
    const wild = events.map((event, at) =>
      at < from
        ? event
        : { ...event, open: '7', high: '9', low: '5', close: String(5 + (at % 5)), volume: '0' },
    );
    expect(featuresOver(wild).slice(0, from)).toEqual(streamed.slice(0, from));
    expect(featuresOver(events.slice(0, from))).toEqual(streamed.slice(0, from));
    expect(featuresOver(wild).at(-1)).not.toEqual(streamed.at(-1));
  });

  it('is 0 where candles have nothing to say', () => {
    for (const name of ['spread', 'depth_imbalance', 'btc_return_5'] as const) {
      expect(streamed.at(-1)![STATE_V1_NAMES.indexOf(name)]).toBe(0);
    }
  });
});

describe('state_v1', () => {
  const [, events] = feeds[0]!;

  it('takes SOL and BTC as references of another market, and nothing else', () => {
    const renamed = (market: string) => events.map((event) => ({ ...event, market }));
    const alone = createStateV1('JTO-USDC');
    const beside = createStateV1('JTO-USDC');
    const other = createStateV1('JTO-USDC');
    let [last, lastBeside, lastOther]: (readonly number[] | undefined)[] = [];
    for (const [at, event] of renamed('JTO-USDC').entries()) {
      expect(beside.add(renamed('BTC-USDC')[at]!)).toBeUndefined();
      expect(other.add(renamed('WIF-USDC')[at]!)).toBeUndefined();
      [last, lastBeside, lastOther] = [alone.add(event), beside.add(event), other.add(event)];
    }
    const btc = STATE_V1_NAMES.indexOf('btc_return_5');
    expect(lastBeside![btc]).not.toBe(0);
    expect(lastBeside!.toSpliced(btc, 1)).toEqual(last!.toSpliced(btc, 1));
    expect(lastOther).toEqual(last);
  });

  it.each([
    ['a price of zero', { close: '0' }],
    ['no number', { high: 'NaN' }],
    ['a negative volume', { volume: '-1' }],
    ['a time that is not after the last', { marketTimeMs: events[0]!.marketTimeMs }],
  ])('refuses a bar with %s', (_what, over) => {
    const stream = createStateV1('SOL-USDC');
    stream.add(events[0]!);
    expect(() => stream.add({ ...events[1]!, ...over })).toThrow('input/invalid');
  });

  it('stays finite in a market that does not move', () => {
    const still = events.map((event) => ({
      ...event,
      open: '1.5',
      high: '1.5',
      low: '1.5',
      close: '1.5',
      volume: '0',
    }));
    expect(featuresOver(still).at(-1)!.every(Number.isFinite)).toBe(true);
    // And after it: nothing that was computed from stillness lingers as NaN.
    const again = [...still.slice(0, 250), ...events.slice(250)];
    expect(featuresOver(again).at(-1)!.every(Number.isFinite)).toBe(true);
  });
});
