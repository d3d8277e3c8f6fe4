import { EMA, RSI } from 'trading-signals';
import { createRandom } from '../../adapters/market-data/random.ts';
import { decide } from '../../domain/decision/decide.ts';
import { planExits } from '../../domain/decision/exit-plan.ts';
import { leastOut, quoteOut, roundTripBps } from '../../domain/decision/quote-trade.ts';
import type { Analysed } from './opinions.ts';
import type { PaperMarket } from './paper-market.ts';
import { makeTrade, type Entry, type Trade, type TradeRules } from './trade.ts';

/** Trades of the entries in order; while one is open, others are passed over. */
export function oneAtATime(
  bars: Iterable<number>,
  tradeAt: (at: number) => Trade | undefined,
): readonly Trade[] {
  const trades: Trade[] = [];
  let busyUntil = -1;
  for (const at of bars) {
    if (at < busyUntil) continue;
    const trade = tradeAt(at);
    if (!trade) continue;
    trades.push(trade);
    busyUntil = trade.soldAt;
  }
  return trades;
}

/** What the shipped decision makes of the opinions, under the given EV gate. */
export function ourTrades(analysed: readonly Analysed[], rules: TradeRules): readonly Trade[] {
  const byBar = new Map(analysed.map((one) => [one.at, one]));
  return oneAtATime(byBar.keys(), (at) => {
    const one = byBar.get(at);
    const entry = one && entryOf(one, rules);
    return entry && makeTrade(entry, rules);
  });
}

function entryOf({ at, candidate, opinion }: Analysed, rules: TradeRules): Entry | undefined {
  const { paper, settings } = rules;
  const decision = decide({
    candidate,
    opinion,
    pool: paper.pool(at),
    market: paper.market,
    lastEventMs: candidate.marketTimeMs,
    settings,
  });
  if (!decision.trade) return undefined;
  const { notional, minAmountOut, exits, exploring } = decision.signal;
  return { at, notional, minAmountOut, exits, exploring };
}

export type PlainTrades = {
  /** Bars at which a baseline may enter. */
  readonly first: number;
  readonly last: number;
  /** A trade of the smallest size with exits as ours would have had then. */
  tradeAt(at: number): Trade | undefined;
};

/**
 * Trades that ask nobody: same size as exploring ones, same costs, same exit rules, as wide as the
 * typical move that the brain knew at its newest opinion. Each bar's trade is made once.
 */
export function createPlainTrades(
  analysed: readonly Analysed[],
  rules: TradeRules,
): PlainTrades | undefined {
  const known = analysed.filter(({ opinion }) => opinion.known);
  const [begin] = known;
  if (!begin) return undefined;
  const opinionAt = newestOpinions(known, rules.paper.bars);
  const made = new Map<number, Trade | undefined>();
  return {
    first: begin.at,
    last: rules.paper.bars - 3,
    tradeAt(at) {
      const opinion = opinionAt[at]?.opinion;
      if (!opinion) return undefined;
      if (!made.has(at)) made.set(at, makeTrade(plainEntry(at, opinion, rules), rules));
      return made.get(at);
    },
  };
}

function newestOpinions(
  known: readonly Analysed[],
  bars: number,
): readonly (Analysed | undefined)[] {
  let next = 0;
  return Array.from({ length: bars }, (_, at) => {
    while ((known[next]?.at ?? Infinity) <= at) next += 1;
    return known[next - 1];
  });
}

function plainEntry(
  at: number,
  { typicalMoveBps, horizonMs }: Analysed['opinion'],
  { paper, settings }: TradeRules,
): Entry {
  const { notionalMin: notional, slippageMax } = settings;
  const pool = paper.pool(at);
  const oneWayCostBps = (roundTripBps(pool, paper.market, notional) ?? 0) / 2;
  const quotedOut = quoteOut(pool, paper.market, 'buy', notional) ?? 0n;
  const exits = planExits({ typicalMoveBps, oneWayCostBps, horizonMs });
  const minAmountOut = leastOut(quotedOut, slippageMax);
  return { at, notional, minAmountOut, exits, exploring: false };
}

/** Enters a free bar by chance, so often that about `wanted` trades come of it. */
export function randomTrades(plain: PlainTrades, wanted: readonly Trade[], seed: number) {
  const random = createRandom(seed);
  const busy = wanted.reduce((sum, { at, soldAt }) => sum + soldAt - at, 0);
  const rate = wanted.length / Math.max(1, plain.last - plain.first + 1 - busy);
  return oneAtATime(barsFrom(plain), (at) =>
    random.next() < rate ? plain.tradeAt(at) : undefined,
  );
}

function* barsFrom({ first, last }: PlainTrades): Generator<number> {
  for (let at = first; at <= last; at++) yield at;
}

/** Buys when the faster mean of closes rises above the slower one. */
export function emaCrosses(paper: PaperMarket): ReadonlySet<number> {
  const [fast, slow] = [new EMA(20), new EMA(50)];
  return crossings(paper, (close) => {
    const [quick, steady] = [fast.update(close, false), slow.update(close, false)];
    return quick > steady;
  });
}

/** Buys when the relative strength falls below 30. */
export function rsiReversions(paper: PaperMarket): ReadonlySet<number> {
  const rsi = new RSI(14);
  return crossings(paper, (close) => (rsi.update(close, false) ?? 50) < 30);
}

/** Trades at the bars of a rule. */
export function ruleTrades(plain: PlainTrades, bars: ReadonlySet<number>): readonly Trade[] {
  return oneAtATime(barsFrom(plain), (at) => (bars.has(at) ? plain.tradeAt(at) : undefined));
}

/** Bars at which a condition becomes true. */
function crossings(paper: PaperMarket, holds: (close: number) => boolean): ReadonlySet<number> {
  const bars = new Set<number>();
  let before = true;
  for (let at = 0; at < paper.bars; at++) {
    const now = holds(Number(paper.priceText(at)));
    if (now && !before) bars.add(at);
    before = now;
  }
  return bars;
}

/** Bought once when baselines may first enter and sold at the end, bps after the same costs. */
export function buyAndHoldBps({ first }: PlainTrades, { paper, settings }: TradeRules): number {
  const [boughtAt, soldAt] = [first + 1, paper.bars - 1];
  const { notionalMin: cost, tipMax, feeMax } = settings;
  const bought = quoteOut(paper.pool(boughtAt), paper.market, 'buy', cost) ?? 0n;
  const proceeds = quoteOut(paper.pool(soldAt), paper.market, 'sell', bought) ?? 0n;
  const paid = [boughtAt, soldAt].map((at) => paper.lamportsValue(tipMax + feeMax, at));
  const net = paid.reduce((sum, one) => sum - one, proceeds - cost);
  return Number((net * 1_000_000n) / cost) / 100;
}
