import type { Signal } from '../domain/decision/signal.ts';
import { exchangeOf, slippageBps, type Exchange } from '../domain/settlement/execution-cost.ts';
import { humanAmount, humanChange, humanPrice, toFloat } from '../domain/shared/human-amounts.ts';
import type { Wire } from '../domain/shared/wire.ts';
import type { LegFacts, TradeSetting } from './trade-facts.ts';

export function fillOf(leg: LegFacts | undefined): Exchange | undefined {
  const fill = leg?.settlement?.fill;
  return fill && exchangeOf(fill.side, fill.amountIn, fill.amountOut);
}

/** What is asked for. An approved signal is the one that risk may have made smaller. */
export function askedOf({ signal }: { readonly signal: Wire<Signal> }): Exchange {
  return exchangeOf(signal.side, signal.amountIn, signal.quotedOut);
}

export function priceOf(exchange: Exchange | undefined, setting: TradeSetting): string | undefined {
  return (
    exchange &&
    humanPrice({
      base: exchange.base,
      baseDecimals: setting.base.decimals,
      quote: exchange.quote,
      quoteDecimals: setting.quote.decimals,
    })
  );
}

export const baseText = (units: string, { base }: TradeSetting): string =>
  `${humanAmount(units, base.decimals)} ${base.symbol}`;

export const quoteText = (units: string, { quote }: TradeSetting): string =>
  `${humanAmount(units, quote.decimals)} ${quote.symbol}`;

/** A result in quote units, with its sign. */
export const changeText = (units: string, { quote }: TradeSetting): string =>
  `${humanChange(units, quote.decimals)} ${quote.symbol}`;

export const quoteFloat = (units: string, { quote }: TradeSetting): number =>
  toFloat(units, quote.decimals);

/** `BUY 1.5 SOL`: in base, whichever side the input is. */
export function actionOf(leg: { readonly signal: Wire<Signal> }, setting: TradeSetting): string {
  return `${leg.signal.side.toUpperCase()} ${baseText(askedOf(leg).base, setting)}`;
}

/** How much worse the fill was than the quote; undefined before there is one. */
export function slippageBpsOf(leg: LegFacts | undefined): number | undefined {
  const fill = leg?.settlement?.fill;
  if (!leg || !fill || leg.signal.quotedOut === '0') return undefined;
  return slippageBps(leg.signal.quotedOut, fill.amountOut);
}

/** Microseconds between two readings of the host's monotonic clock, where both are known. */
export function microsBetween(fromNs?: string, toNs?: string): number | undefined {
  if (fromNs === undefined || toNs === undefined) return undefined;
  return Number((BigInt(toNs) - BigInt(fromNs)) / 1_000n);
}
