import type { Consultation } from '../analysis/consultation.ts';
import { quoteUnits, type QuoteUnits } from '../shared/units.ts';
import type { Decision } from './signal.ts';

export const OVERLAY_VETO = 'overlay-veto';

/** A shrunk entry is its own size divided by this, rounded down. */
const SHRINK_DIVISOR = 2n;

/** Decides the same question again with an entry of at most this size. */
export type DecideWithin = (notionalMax: QuoteUnits) => Decision;

/**
 * What the overlay may do to a decision: leave it, make it smaller, take it back. It can neither
 * enlarge an entry nor make one of a decline, and whatever it says of a decline changes nothing.
 */
export function applyAdvice(
  decision: Decision,
  consultation: Consultation,
  notionalMin: QuoteUnits,
  decideWithin: DecideWithin,
): Decision {
  if (!decision.trade) return decision;
  if (!consultation.answered) {
    const why = `The overlay gave no advice (${consultation.reason}): the fast opinion stands.`;
    return { ...decision, reasons: [...decision.reasons, why] };
  }
  const { verdict, reasons: codes, confidence } = consultation.advice;
  if (verdict === 'confirm') return decision;

  const said = `${codes.join(', ')} (confidence ${confidence})`;
  if (verdict === 'veto') {
    return { trade: false, reasons: [OVERLAY_VETO, `The overlay vetoes: ${said}.`] };
  }
  const { notional } = decision.signal;
  const half = (notional as bigint) / SHRINK_DIVISOR;
  const most = quoteUnits(half > notionalMin ? half : notionalMin);
  const why = `The overlay shrinks: ${said}.`;
  if (most >= notional) {
    const kept = `${why} It is the smallest size already.`;
    return { ...decision, reasons: [...decision.reasons, kept] };
  }
  const smaller = decideWithin(most);
  return { ...smaller, reasons: [...smaller.reasons, why] };
}
