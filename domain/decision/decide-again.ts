import { quoteUnits, type BasisPoints } from '../shared/units.ts';
import { ceilDivide } from '../shared/valuation.ts';
import { humanPrice } from '../shared/human-amounts.ts';
import { wholeNumber } from '../shared/whole-number.ts';
import { decideWithin, type EntryQuestion } from './decide.ts';
import type { Decision } from './signal.ts';

/** First reason of a trade whose price got worse than the collar while a person thought. */
export const PRICE_MOVED = 'price-moved';

/** What is different when an entry is decided a second time. Nothing here is an amount to compute with. */
export type SecondLook = {
  /** Of the newest event of the market, and of SOL. */
  readonly price: string;
  readonly solPrice: string;
  readonly receivedNs: string;
  /** What the person said yes to, base units as they travel. */
  readonly approved: { readonly notional: string; readonly quotedOut: string };
  /** How much worse the price may have become. */
  readonly collarMax: BasisPoints;
  readonly operator: string;
  readonly reason: string;
};

/**
 * The entry as it would be now, never larger than what a person said yes to. The overlay's advice
 * is in that size already, so it is not applied again.
 */
export function decideAgain(question: EntryQuestion, look: SecondLook): Decision {
  const { price, solPrice, receivedNs, approved, collarMax, operator, reason } = look;
  const said = `Approved by ${operator} (${reason}).`;
  const notional = wholeNumber(approved.notional, 'approved.notional');
  const quotedOut = wholeNumber(approved.quotedOut, 'approved.quotedOut');
  const candidate = { ...question.candidate, price, solPrice, receivedNs };
  const decision = decideWithin({ ...question, candidate }, quoteUnits(notional));
  if (!decision.trade) return { trade: false, reasons: [...decision.reasons, said] };

  const { signal } = decision;
  const worse = worseBps({ paid: notional, got: quotedOut }, signal);
  if (worse <= BigInt(collarMax)) return { ...decision, reasons: [said, ...decision.reasons] };
  const then = priceText(question, { paid: notional, got: quotedOut });
  const now = priceText(question, { paid: signal.notional, got: signal.quotedOut });
  const moved = `Approved at ${then}, now ${now}: ${worse} bps worse, at most ${collarMax}.`;
  return { trade: false, reasons: [PRICE_MOVED, moved, said] };
}

/** Worse than any collar: there is nothing to be had. */
const NO_PRICE_BPS = 1_000_000n;

type Swap = { readonly paid: bigint; readonly got: bigint };

/** How much more a unit costs now, rounded against the trade; negative where it costs less. */
function worseBps(
  then: Swap,
  now: { readonly notional: bigint; readonly quotedOut: bigint },
): bigint {
  const before = then.paid * now.quotedOut;
  if (before <= 0n) return NO_PRICE_BPS;
  const after = now.notional * then.got;
  return ceilDivide((after - before) * 10_000n, before);
}

function priceText({ market }: EntryQuestion, { paid, got }: Swap): string {
  return humanPrice({
    base: String(got),
    quote: String(paid),
    baseDecimals: market.base.decimals,
    quoteDecimals: market.quote.decimals,
  });
}
