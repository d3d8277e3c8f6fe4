import type { BusConnection } from '../../adapters/bus/connect.ts';
import { writeJson } from '../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, STREAMS } from '../../adapters/bus/stream-names.ts';
import { createStreamWriter } from '../../adapters/bus/stream-writer.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import { candidateOf, statesOf } from './market-states.ts';

const MARKET = 'SOL-USDC';
const INTERVAL_MS = 60_000;
const BEGIN_MS = 29_333_333 * INTERVAL_MS;
const PERIOD_BARS = 90;
/** Bars of each swing in which the past says a rise of 1.5 % and the price is near 100. */
const RISE = { first: 68, last: 84 };
const HISTORY_BARS = 10 * PERIOD_BARS;
const BARS = 40 * PERIOD_BARS;

export type SwingingMarket = {
  /** What a brain must have seen before it knows a state. */
  readonly publishHistory: () => Promise<void>;
  /** The market goes on to its next rising bar, and that one is offered. */
  readonly offer: () => Promise<Candidate>;
};

/**
 * A market that rises after each fall, as regular as no real one: a real brain that has seen it wants
 * to buy. Ingest's part alone is played.
 */
export function createSwingingMarket(bus: BusConnection, runId: string): SwingingMarket {
  const states = statesOf(Array.from({ length: BARS }, (_, bar) => candleOf(bar)));
  const writer = createStreamWriter(bus);
  let published = 0;
  const publishUpTo = async (bars: number): Promise<void> => {
    const entries = states.slice(published, bars).map((state) => ({ e: JSON.stringify(state) }));
    published = bars;
    await writer.appendAll(STREAMS.market, entries);
  };

  return {
    publishHistory: () => publishUpTo(HISTORY_BARS),
    async offer() {
      let bar = published;
      while (!isRising(bar)) bar += 1;
      const state = states[bar];
      if (!state) throw new Error('the market is over');
      const { marketTimeMs } = state.event;
      const signalId = `${runId}-${MARKET}-oversold-${marketTimeMs}`;
      const candidate = candidateOf(state, { runId, signalId });
      await publishUpTo(bar + 1);
      await writeJson(bus, CLOCK_KEY, { marketMs: marketTimeMs, wallMs: Date.now(), rate: 0 });
      await writer.append(STREAMS.candidates, { c: JSON.stringify(candidate) });
      return candidate;
    },
  };
}

function isRising(bar: number): boolean {
  const phase = bar % PERIOD_BARS;
  return phase >= RISE.first && phase <= RISE.last;
}

/** A swing, and a ripple so that no two states are the same. */
const priceAt = (bar: number): number =>
  101 + 1.5 * Math.sin((2 * Math.PI * bar) / PERIOD_BARS) + 0.03 * Math.sin(7.3 * bar);

function candleOf(bar: number): MarketState['event'] {
  const [open, close] = [priceAt(bar - 1), priceAt(bar)];
  const text = (price: number): string => price.toFixed(4);
  return {
    kind: 'candle',
    market: MARKET,
    source: 'test',
    marketTimeMs: BEGIN_MS + bar * INTERVAL_MS,
    intervalMs: INTERVAL_MS,
    open: text(open),
    high: text(Math.max(open, close) + 0.01),
    low: text(Math.min(open, close) - 0.01),
    close: text(close),
    volume: String(100 + (bar % 7)),
  };
}
