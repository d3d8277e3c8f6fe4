import type { DecisionSettings } from '../decision/decision-settings.ts';
import { collarOf, leastOut, quoteOut } from '../decision/quote-trade.ts';
import type { Decision } from '../decision/signal.ts';
import type { CpmmPool } from '../execution/venues/raydium-cpmm.ts';
import type { Market } from '../market/market.ts';
import { parseDecimal } from '../shared/decimal.ts';
import { basisPoints, tokenUnits, type BasisPoints } from '../shared/units.ts';
import { valueInQuote } from '../shared/valuation.ts';
import type { ExitTrigger } from './exit-trigger.ts';
import type { Position } from './position.ts';

export type ExitQuestion = {
  readonly position: Position | undefined;
  readonly trigger: ExitTrigger;
  readonly attempt: number;
  /** Earlier attempts that failed for their price: each doubles the slippage allowed. */
  readonly widenings: number;
  readonly pool: CpmmPool | undefined;
  readonly market: Market;
  /** The feed's newest price; the trigger's own may be old by now. */
  readonly feed: { readonly price: string; readonly marketTimeMs: number };
  readonly settings: DecisionSettings;
};

/** Sells all of the position. It declines only where there is nothing to sell or nobody to buy. */
export function decideExit(question: ExitQuestion): Decision {
  const { position, trigger, attempt, pool, market, feed, settings } = question;
  if (!position) return declined(`No position of ${trigger.signalId} is known.`);
  if (position.status === 'closed' || position.quantity === 0n) {
    return declined(`The position of ${trigger.signalId} is closed.`);
  }
  if (!pool) {
    return declined(`The pool of ${market.id} was not seen at slot ${trigger.poolSlot} in time.`);
  }
  const { quantity } = position;
  const quotedOut = quoteOut(pool, market, 'sell', quantity);
  if (quotedOut === undefined) return declined(`The pool of ${market.id} gives no quote.`);

  const slippageMax = widenedSlippage(question.widenings, settings);
  const price = parseDecimal(feed.price, 'feed.price');
  return {
    trade: true,
    signal: {
      signalId: position.signalId,
      runId: position.runId,
      market: position.market,
      leg: 'exit',
      attempt,
      side: 'sell',
      amountIn: quantity,
      quotedOut: tokenUnits(quotedOut),
      minAmountOut: tokenUnits(leastOut(quotedOut, slippageMax)),
      slippageMax,
      notional: valueInQuote(quantity, {
        price,
        baseDecimals: market.base.decimals,
        quoteDecimals: market.quote.decimals,
        rounding: 'down',
      }),
      collarBps: collarOf({ base: quantity, quote: quotedOut }, market, price),
      feedPrice: feed.price,
      solPrice: trigger.solPrice,
      // An exit is not weighed: it is owed.
      conviction: 1,
      probability: 1,
      expectedValueBps: 0,
      exploring: false,
      exits: position.exits,
      marketTimeMs: feed.marketTimeMs,
      lastEventMs: feed.marketTimeMs,
      timeToLiveMs: settings.exitLifeMs,
      receivedNs: trigger.receivedNs,
      exitReason: trigger.reason,
    },
    reasons: [`Close for ${trigger.reason}, slippage up to ${slippageMax} bps.`],
  };
}

export function widenedSlippage(
  widenings: number,
  { slippageMax, exitSlippageMax }: Pick<DecisionSettings, 'slippageMax' | 'exitSlippageMax'>,
): BasisPoints {
  const widened = slippageMax * 2 ** Math.min(14, Math.max(0, widenings));
  return basisPoints(Math.min(exitSlippageMax, widened));
}

const declined = (reason: string): Decision => ({ trade: false, reasons: [reason] });
