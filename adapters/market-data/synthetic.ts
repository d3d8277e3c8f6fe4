import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import type { MarketEvent } from '../../domain/market/market-event.ts';
import type { FeedArgs, FeedMarket, MarketFeed } from '../../domain/market/market-feed.ts';
import { WARMUP_BARS_MAX } from '../../domain/market/feed-window.ts';
import { describeFeed } from './describe-feed.ts';
import { mergeEvents } from './merge-events.ts';
import { createRandom, type Random } from './random.ts';

const BARS = 3_000;
const INTERVAL_MS = 60_000;
/** 2025-01-01T00:00:00Z: fixed, so that a seed gives the same times as well. */
const BEGIN_MS = 1_735_689_600_000;

type Coin = {
  readonly market: MarketId;
  readonly price: number;
  /** Decimals of its price on the wire. */
  readonly decimals: number;
  /** Base units traded in a quiet minute. */
  readonly volume: number;
  readonly volatility: number;
};

const COINS: readonly Coin[] = [
  { market: 'BONK-USDC', price: 0.0000234, decimals: 10, volume: 4e9, volatility: 0.0011 },
  { market: 'SOL-USDC', price: 150, decimals: 3, volume: 9_000, volatility: 0.0007 },
];

/** How a market behaves for a while: drift and noise a bar, in units of the coin's volatility. */
type Regime = {
  readonly drift: number;
  readonly noise: number;
  readonly volume: number;
  /** Share of the distance to the regime's first price that is taken back each bar. */
  readonly pull: number;
};

const QUIET: Regime = { drift: 0, noise: 0.6, volume: 0.8, pull: 0.06 };
const REGIMES: readonly Regime[] = [
  QUIET,
  { drift: 0, noise: 1.3, volume: 1.2, pull: 0.1 },
  { drift: 0.35, noise: 0.9, volume: 1.5, pull: 0 },
  { drift: -0.33, noise: 0.9, volume: 1.4, pull: 0 },
  { drift: 1.1, noise: 1.4, volume: 3.5, pull: 0 },
  { drift: -1, noise: 1.6, volume: 3.2, pull: 0 },
];
const REGIME_BARS = { min: 15, spread: 90 };
/** A bar never moves further, so that a price stays above zero. */
const MOVE_MAX = 0.2;

export function openSynthetic(args: FeedArgs): MarketFeed {
  const { market, seed = 1, bars = BARS } = args;
  const coins = market === undefined ? COINS : COINS.filter((coin) => coin.market === market);
  if (coins.length === 0) {
    const expected = `one of ${COINS.map((coin) => coin.market).join(', ')}`;
    throw new OvermindError('input/invalid', { field: '--market', got: market ?? '', expected });
  }
  if (args.from !== undefined || args.to !== undefined) {
    const field = args.from === undefined ? '--to' : '--from';
    const got = args.from ?? args.to ?? '';
    throw new OvermindError('input/invalid', { field, got, expected: '--bars, when synthetic' });
  }
  const facts = coins.map((coin) => factsOf(coin, seed, bars));
  return {
    description: describeFeed('synthetic', facts),
    events: () => mergeEvents(coins.map((coin) => eventsOf(coin, seed, bars))),
  };
}

function factsOf({ market }: Coin, seed: number, bars: number): FeedMarket {
  const warmupBars = Math.min(WARMUP_BARS_MAX, Math.floor(bars / 3));
  return {
    market,
    source: `synthetic:${seed}`,
    intervalMs: INTERVAL_MS,
    bars,
    warmupBars,
    warmupEndMs: BEGIN_MS + warmupBars * INTERVAL_MS,
    firstMs: BEGIN_MS + INTERVAL_MS,
    lastMs: BEGIN_MS + bars * INTERVAL_MS,
  };
}

/** A coin's course depends on its name and the seed alone, not on the other coins. */
async function* eventsOf(coin: Coin, seed: number, bars: number): AsyncGenerator<MarketEvent> {
  const random = createRandom(seed * 65_536 + nameNumber(coin.market));
  let price = coin.price;
  let regime = QUIET;
  let anchor = price;
  let left = 0;
  for (let bar = 1; bar <= bars; bar++) {
    if (left === 0) {
      regime = REGIMES[Math.floor(random.next() * REGIMES.length)] ?? QUIET;
      left = REGIME_BARS.min + Math.floor(random.next() * REGIME_BARS.spread);
      anchor = price;
    }
    left -= 1;
    const move = moveOf(coin, regime, { random, price, anchor });
    const event = candleOf(coin, { random, price, move, volume: regime.volume });
    // The next bar opens at the price as written, or open and last close would differ.
    price = Number(event.close);
    yield {
      kind: 'candle',
      market: coin.market,
      source: `synthetic:${seed}`,
      marketTimeMs: BEGIN_MS + bar * INTERVAL_MS,
      intervalMs: INTERVAL_MS,
      ...event,
    };
  }
}

type Here = { readonly random: Random; readonly price: number };

/** Return of one bar. A weak pull to the first price keeps long runs from drifting off to zero. */
function moveOf(coin: Coin, regime: Regime, here: Here & { readonly anchor: number }): number {
  const { random, price, anchor } = here;
  const wander = coin.volatility * (regime.drift + regime.noise * random.normal());
  const back = (regime.pull * (anchor - price)) / price + (0.002 * (coin.price - price)) / price;
  return Math.min(MOVE_MAX, Math.max(-MOVE_MAX, wander + back));
}

function candleOf(
  coin: Coin,
  { random, price, move, volume }: Here & { readonly move: number; readonly volume: number },
) {
  const close = price * (1 + move);
  const wick = (): number => Math.abs(random.normal()) * coin.volatility * 0.4;
  const high = Math.max(price, close) * (1 + wick());
  const low = Math.min(price, close) * (1 - wick());
  const busy = 1 + (0.3 * Math.abs(move)) / coin.volatility;
  const written = (value: number): string => value.toFixed(coin.decimals);
  return {
    open: written(price),
    high: written(high),
    low: written(low),
    close: written(close),
    volume: (coin.volume * volume * busy * (0.5 + random.next())).toFixed(2),
  };
}

/** Different courses for different coins of one seed. */
function nameNumber(name: string): number {
  let number = 7;
  for (const letter of name) number = (number * 31 + (letter.codePointAt(0) ?? 0)) % 65_536;
  return number;
}
