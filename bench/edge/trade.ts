import type { DecisionSettings } from '../../domain/decision/decision-settings.ts';
import { quoteOut } from '../../domain/decision/quote-trade.ts';
import type { ExitPlan } from '../../domain/decision/signal.ts';
import { outcomeOf } from '../../domain/learning/outcome-of.ts';
import { decideExit } from '../../domain/positions/decide-exit.ts';
import type { ExitReason, Position } from '../../domain/positions/position.ts';
import { exitReasonOf } from '../../domain/positions/watch-rules.ts';
import { decimalToNumber } from '../../domain/shared/decimal.ts';
import { tokenUnits, type QuoteUnits } from '../../domain/shared/units.ts';
import type { PaperMarket } from './paper-market.ts';

/** An entry as it was decided at the close of bar `at`. */
export type Entry = {
  readonly at: number;
  readonly notional: QuoteUnits;
  readonly minAmountOut: bigint;
  readonly exits: ExitPlan;
  readonly exploring: boolean;
};

/** A closed trade; everything in bps is of what it cost. */
export type Trade = {
  /** Bar of the decision, and of the sale. */
  readonly at: number;
  readonly soldAt: number;
  readonly decidedMs: number;
  readonly soldMs: number;
  readonly netBps: number;
  /** What the feed's price did from fill to sale: the result without any cost. */
  readonly grossBps: number;
  readonly exploring: boolean;
  readonly reason: ExitReason;
};

export type TradeRules = { readonly paper: PaperMarket; readonly settings: DecisionSettings };

type Sale = { readonly soldAt: number; readonly proceeds: bigint; readonly reason: ExitReason };

/**
 * Fills at the next bar's pool and sells by the shipped watch rules, one bar after they fire.
 * Undefined where the next bar's quote is below the least accepted, or there is no next bar.
 */
export function makeTrade(entry: Entry, { paper, settings }: TradeRules): Trade | undefined {
  const { at, notional, exits, exploring } = entry;
  const boughtAt = at + 1;
  if (boughtAt >= paper.bars - 1) return undefined;
  const { market } = paper;
  const bought = quoteOut(paper.pool(boughtAt), market, 'buy', notional);
  if (bought === undefined || bought < entry.minAmountOut) return undefined;
  const position: Position = {
    signalId: `edge-${market.id}-${at}`,
    runId: 'edge',
    market: market.id,
    status: 'open',
    quantity: tokenUnits(bought),
    cost: notional,
    costsPaid: legCosts(boughtAt, { paper, settings }),
    exits,
    openedAtMs: paper.timeMs(boughtAt),
  };
  const { soldAt, proceeds, reason } = sell(position, boughtAt, { paper, settings });
  const outcome = outcomeOf({
    signalId: position.signalId,
    market: market.id,
    exitReason: reason,
    cost: notional,
    costsPaid: (position.costsPaid + legCosts(soldAt, { paper, settings })) as QuoteUnits,
    proceeds: proceeds as QuoteUnits,
    openedAtMs: position.openedAtMs,
    closedAtMs: paper.timeMs(soldAt),
    exploring,
  });
  const rise = decimalToNumber(paper.price(soldAt)) / decimalToNumber(paper.price(boughtAt));
  return {
    at,
    soldAt,
    decidedMs: paper.timeMs(at),
    soldMs: paper.timeMs(soldAt),
    netBps: outcome.returnBps,
    grossBps: (rise - 1) * 10_000,
    exploring,
    reason,
  };
}

/** The caps, as expected values count them: what a leg really pays is at most that. */
function legCosts(at: number, { paper, settings }: TradeRules): QuoteUnits {
  return paper.lamportsValue(settings.tipMax + settings.feeMax, at);
}

function sell(position: Position, boughtAt: number, { paper, settings }: TradeRules): Sale {
  const { market } = paper;
  const scale = { baseDecimals: market.base.decimals, quoteDecimals: market.quote.decimals };
  const last = paper.bars - 1;
  let reason: ExitReason | undefined;
  for (let at = boughtAt + 1, misses = 0; at < last; at++) {
    const view = { price: paper.price(at), scale, marketTimeMs: paper.timeMs(at) };
    // A rule that has fired stays fired: a sale that missed its price is tried again.
    reason ??= exitReasonOf(position, view);
    if (reason === undefined) continue;
    const least = leastOfExit(position, { reason, at, misses }, { paper, settings });
    const proceeds = quoteOut(paper.pool(at + 1), market, 'sell', position.quantity) ?? 0n;
    if (least !== undefined && proceeds >= least) return { soldAt: at + 1, proceeds, reason };
    misses += 1;
  }
  const proceeds = quoteOut(paper.pool(last), market, 'sell', position.quantity) ?? 0n;
  return { soldAt: last, proceeds, reason: 'run-ended' };
}

/** Undefined where the shipped decision declines to sell. */
function leastOfExit(
  position: Position,
  { reason, at, misses }: { readonly reason: ExitReason; readonly at: number; misses: number },
  { paper, settings }: TradeRules,
): bigint | undefined {
  const { signalId, market } = position;
  const [price, marketTimeMs] = [paper.priceText(at), paper.timeMs(at)];
  const solPrice = price; // Travels with the signal; no amount depends on it here.
  const decision = decideExit({
    position,
    trigger: {
      ...{ signalId, market, reason, marketTimeMs, price, solPrice },
      poolSlot: 0,
      receivedNs: '0',
    },
    attempt: misses + 1,
    widenings: misses,
    pool: paper.pool(at),
    market: paper.market,
    feed: { price, marketTimeMs },
    settings,
  });
  return decision.trade ? decision.signal.minAmountOut : undefined;
}
