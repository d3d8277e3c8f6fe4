import { ADX, ATR, BollingerBands, EMA, MACD, MFI, RSI } from 'trading-signals';
import { createRecentNumbers } from '../../domain/analysis/recent-numbers.ts';
import { createRobustScaler } from '../../domain/analysis/robust-scaler.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

export const STATE_V1_VERSION = 'state_v1';

/** The fixed order of the vector. What candles lack (spread, depth) is 0. */
export const STATE_V1_NAMES = [
  'return_1_atr',
  'return_5_atr',
  'return_15_atr',
  'return_60_atr',
  'rsi_14',
  'macd_histogram_atr',
  'log_atr_share',
  'log_volatility_12_60',
  'bollinger_b',
  'log_band_width',
  'adx_14',
  'directional_gap',
  'ema_20_50_atr',
  'mfi_14',
  'autocorrelation_1',
  'volume',
  'volume_trend',
  'body_atr',
  'range_atr',
  'close_location',
  'wick_balance',
  'range_position_60',
  'spread',
  'depth_imbalance',
  'sol_return_5',
  'btc_return_5',
  'hour_sin',
  'hour_cos',
] as const;

/** Bars before the first vector: four times the longest indicator, or seeds would still show. */
export const STATE_V1_WARMUP_BARS = 200;
/** These lie on a fixed scale already; a moving centre would only blur them. */
const UNSCALED: ReadonlySet<string> = new Set(['hour_sin', 'hour_cos']);
/** Longest look back of a return. Raw vectors, and so the scalers, begin after it. */
const LONGEST_RETURN = 60;
/** A market that does not move still needs a unit: this share of its price. */
const ATR_SHARE_MIN = 1e-6;
const TINY = 1e-12;
const DAY_MS = 86_400_000;
const REFERENCES = ['SOL-USDC', 'BTC-USDC'] as const;

export type StateFeatures = {
  readonly version: typeof STATE_V1_VERSION;
  readonly names: readonly string[];
  /**
   * Takes the next candle in. An event of another market only serves as reference (SOL, BTC) and
   * returns undefined, as the first 199 candles do.
   */
  add(event: MarketEvent): readonly number[] | undefined;
};

type Bar = {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
};

/**
 * Streaming features of one market. Every number depends on past candles alone and is rounded to
 * float32, so that each process that sees the same candles has the same vector, bit for bit.
 */
export function createStateV1(market: MarketId): StateFeatures {
  const indicators = createIndicators();
  const closes = createRecentNumbers(LONGEST_RETURN + 1);
  const references = new Map(REFERENCES.map((id) => [id as string, createRecentNumbers(6)]));
  const scalers = STATE_V1_NAMES.map((name) =>
    UNSCALED.has(name) ? undefined : createRobustScaler(),
  );
  let bars = 0;
  let lastMs = -Infinity;

  return {
    version: STATE_V1_VERSION,
    names: STATE_V1_NAMES,
    add(event) {
      references.get(event.market)?.push(positive(event.close, 'close'));
      if (event.market !== market) return undefined;
      if (event.marketTimeMs <= lastMs) {
        throw badEvent('marketTimeMs', String(event.marketTimeMs), `a time after ${lastMs}`);
      }
      lastMs = event.marketTimeMs;
      bars += 1;
      const bar = readBar(event);
      closes.push(bar.close);
      const readings = indicators.add(bar);
      if (!readings || bars <= LONGEST_RETURN) return undefined;

      const raw = [
        ...returnsIn(closes, readings.atr),
        ...readings.numbers,
        0, // Spread and depth: candles have neither.
        0,
        ...REFERENCES.map((id) => referenceReturn(references.get(id))),
        ...hourOf(event.marketTimeMs),
      ];
      const scaled = raw.map((value, at) => {
        const scaler = scalers[at];
        return Math.fround(scaler ? scaler.scale(value) : value);
      });
      return bars < STATE_V1_WARMUP_BARS ? undefined : scaled;
    },
  };
}

type Numbers = ReturnType<typeof createRecentNumbers>;

function createIndicators() {
  const rsi = new RSI(14);
  const macd = new MACD(new EMA(12), new EMA(26), new EMA(9));
  const atr = new ATR(14);
  const bands = new BollingerBands(20, 2);
  const adx = new ADX(14);
  const fast = new EMA(20);
  const slow = new EMA(50);
  const mfi = new MFI(14);
  const returns = createRecentNumbers(60);
  const highs = createRecentNumbers(60);
  const lows = createRecentNumbers(60);
  const volumeFast = new EMA(12);
  const volumeSlow = new EMA(60);
  let previousClose: number | undefined;

  return {
    /** Undefined until each indicator has a value. */
    add(bar: Bar): { readonly atr: number; readonly numbers: readonly number[] } | undefined {
      const { open, high, low, close, volume } = bar;
      const candle = { open, high, low, close, volume };
      returns.push(previousClose === undefined ? 0 : Math.log(close / previousClose));
      previousClose = close;
      highs.push(high);
      lows.push(low);
      const rsiNow = rsi.update(close, false);
      const macdNow = macd.update(close, false);
      const atrNow = atr.update(candle, false);
      const bandsNow = bands.update(close, false);
      // A range of zero on every bar is 0/0 in there, and its NaN would stay for ever.
      const withRange = high > low ? candle : { ...candle, high: high * (1 + ATR_SHARE_MIN) };
      const adxNow = adx.update(withRange, false);
      const mfiNow = mfi.update(candle, false);
      const gap = fast.update(close, false) / slow.update(close, false) - 1;
      const volumeGap = logRatio(
        volumeFast.update(volume, false),
        volumeSlow.update(volume, false),
      );
      if (rsiNow === null || macdNow === null || atrNow === null) return undefined;
      if (bandsNow === null || adxNow === null || mfiNow === null) return undefined;

      const unit = Math.max(atrNow, close * ATR_SHARE_MIN);
      const width = bandsNow.upper - bandsNow.lower;
      const [top, bottom] = [highs.max(60), lows.min(60)];
      const numbers = [
        rsiNow / 50 - 1,
        macdNow.histogram / unit,
        Math.log(unit / close),
        logRatio(returns.deviation(12), returns.deviation(60)),
        shareOf(close - bandsNow.lower, width),
        Math.log(width / close + ATR_SHARE_MIN),
        adxNow / 50 - 1,
        (adx.pdi ?? 0) - (adx.mdi ?? 0),
        (gap * close) / unit,
        mfiNow / 50 - 1,
        returns.autocorrelation(30),
        Math.log1p(volume),
        volumeGap,
        (close - open) / unit,
        (high - low) / unit,
        shareOf(close - low, high - low),
        (high - Math.max(open, close) - (Math.min(open, close) - low)) / unit,
        shareOf(close - bottom, top - bottom),
      ];
      return { atr: unit, numbers };
    },
  };
}

function returnsIn(closes: Numbers, atr: number): readonly number[] {
  const now = closes.at(0) ?? 0;
  // Over n bars a random walk goes √n as far.
  return [1, 5, 15, LONGEST_RETURN].map(
    (back) => (now - (closes.at(back) ?? now)) / (atr * Math.sqrt(back)),
  );
}

function referenceReturn(closes: Numbers | undefined): number {
  const [now, before] = [closes?.at(0), closes?.at(5)];
  return now === undefined || before === undefined ? 0 : Math.log(now / before);
}

function hourOf(marketTimeMs: number): readonly number[] {
  const angle = (2 * Math.PI * (marketTimeMs % DAY_MS)) / DAY_MS;
  return [Math.sin(angle), Math.cos(angle)];
}

/** 0.5, the middle, where there is nothing to be a share of. */
const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0.5);
const logRatio = (above: number, below: number): number =>
  Math.log((above + TINY) / (below + TINY));

function readBar(event: MarketEvent): Bar {
  return {
    open: positive(event.open, 'open'),
    high: positive(event.high, 'high'),
    low: positive(event.low, 'low'),
    close: positive(event.close, 'close'),
    volume: notNegative(event.volume, 'volume'),
  };
}

function positive(text: string, field: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw badEvent(field, text, 'a price above zero');
}

function notNegative(text: string, field: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0 && text.trim() !== '') return value;
  throw badEvent(field, text, 'an amount of zero or more');
}

function badEvent(field: string, got: string, expected: string): OvermindError {
  return new OvermindError('input/invalid', { field: `event.${field}`, got, expected });
}
