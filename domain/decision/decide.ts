import type { Consultation } from '../analysis/consultation.ts';
import type { Opinion } from '../analysis/opinion.ts';
import type { StandingVeto } from '../analysis/standing-veto.ts';
import type { CpmmPool } from '../execution/venues/raydium-cpmm.ts';
import type { Candidate } from '../market/candidate.ts';
import type { Market } from '../market/market.ts';
import { parseDecimal } from '../shared/decimal.ts';
import { humanTime } from '../shared/human-amounts.ts';
import { tokenUnits, type QuoteUnits } from '../shared/units.ts';
import { lamportsInQuote } from '../shared/valuation.ts';
import { applyAdvice, OVERLAY_VETO } from './apply-advice.ts';
import type { DecisionSettings } from './decision-settings.ts';
import { planExits } from './exit-plan.ts';
import { expectedValueOf, sizeOf, type ExpectedValue } from './expected-value.ts';
import { collarOf, leastOut, quoteOut, roundTripBps } from './quote-trade.ts';
import type { Decision, Signal } from './signal.ts';

export type EntryQuestion = {
  readonly candidate: Candidate;
  readonly opinion: Opinion;
  /** Undefined where the pool was not seen in time. */
  readonly pool: CpmmPool | undefined;
  readonly market: Market;
  /** Market time of the newest event of this market. */
  readonly lastEventMs: number;
  readonly settings: DecisionSettings;
  /** Said beside an earlier trade of this market, and not passed yet. */
  readonly veto?: StandingVeto | undefined;
};

/**
 * Opinion + pool + costs → an entry, or every reason against one. Long only. A consultation can
 * only make the entry smaller or take it back; the smaller one is quoted and valued afresh.
 */
export function decide(question: EntryQuestion, consultation?: Consultation): Decision {
  const decision = decideWithin(question);
  if (!consultation) return decision;
  return applyAdvice(decision, consultation, question.settings.notionalMin, (notionalMax) =>
    decideWithin(question, notionalMax),
  );
}

/** As `decide` without a consultation, for an entry of at most this size. */
export function decideWithin(question: EntryQuestion, notionalMax?: QuoteUnits): Decision {
  const against = reasonsAgainst(question);
  const offer = priceEntry(question, notionalMax);
  if (typeof offer === 'string') return { trade: false, reasons: [...against, offer] };

  const { value, exploring } = offer;
  const valued = `Expected value ${signed(value.bps)} bps after ${value.costsBps.toFixed(1)} bps of costs`;
  if (exploring && question.settings.evGate === 'enforce') against.push(`${valued}: not positive.`);
  if (against.length > 0)
    return { trade: false, reasons: [...against, ...question.opinion.reasons] };

  const why = exploring ? `${valued}: exploring at the smallest size.` : `${valued}.`;
  return {
    trade: true,
    signal: entrySignal(question, offer),
    reasons: [why, ...question.opinion.reasons],
  };
}

/** Comparisons are written so that a number that is none (NaN) counts against the trade. */
function reasonsAgainst({ opinion, settings, veto }: EntryQuestion): string[] {
  const { conviction, direction, dissimilarity } = opinion;
  const against: string[] = [];
  if (veto) {
    const said = `${veto.reasons.join(', ')}, said of ${veto.signalId}`;
    against.push(OVERLAY_VETO, `A veto stands until ${humanTime(veto.untilMs)}: ${said}.`);
  }
  if (!opinion.known) {
    against.push(`Unknown state: dissimilarity ${dissimilarity.toFixed(2)}. Hold.`);
  }
  if (direction !== 'up') against.push(`Direction is ${direction}; only a rise is bought.`);
  if (!(conviction >= settings.convictionMin)) {
    against.push(`Conviction ${conviction.toFixed(2)} is below ${settings.convictionMin}.`);
  }
  return against;
}

type Offer = {
  readonly notional: QuoteUnits;
  readonly quotedOut: bigint;
  readonly value: ExpectedValue;
  readonly oneWayCostBps: number;
  readonly exploring: boolean;
};

/** Sizes by the value at full size, then quotes again at the size found. A text says why not. */
function priceEntry(question: EntryQuestion, notionalMax?: QuoteUnits): Offer | string {
  const { opinion, pool, market, settings, candidate } = question;
  if (!isNumeric(opinion)) return 'The opinion holds a number that is none.';
  if (!pool) return `The pool of ${market.id} was not seen at slot ${candidate.poolSlot} in time.`;
  const full = costsOf(question, pool, settings.notional);
  if (!full) return `The pool of ${market.id} gives no quote.`;
  const size = sizeOf(expectedValueOf(opinion, full.totalBps).kelly, settings);
  const notional = notionalMax !== undefined && notionalMax < size ? notionalMax : size;
  const costs = costsOf(question, pool, notional);
  const quotedOut = quoteOut(pool, market, 'buy', notional);
  if (!costs || quotedOut === undefined) return `The pool of ${market.id} gives no quote.`;

  const value = expectedValueOf(opinion, costs.totalBps);
  const isPositive = value.bps > 0;
  // A value that vanished at the smaller size is explored at the smallest one, like any other.
  if (!isPositive && notional > settings.notionalMin) {
    return priceEntry({ ...question, settings: { ...settings, notional: settings.notionalMin } });
  }
  const oneWayCostBps = costs.swapBps / 2;
  return { notional, quotedOut, value, oneWayCostBps, exploring: !isPositive };
}

function isNumeric(opinion: Opinion): boolean {
  const { conviction, probability, averageWinBps, averageLossBps } = opinion;
  const { typicalMoveBps, horizonMs } = opinion;
  return [
    ...[conviction, probability, averageWinBps, averageLossBps],
    ...[typicalMoveBps, horizonMs],
  ].every(Number.isFinite);
}

/** Both legs: pool fee and impact as quoted now, and the most that tips and fees may take. */
function costsOf(
  { market, candidate, settings }: EntryQuestion,
  pool: CpmmPool,
  notional: QuoteUnits,
): { readonly swapBps: number; readonly totalBps: number } | undefined {
  const swapBps = roundTripBps(pool, market, notional);
  if (swapBps === undefined) return undefined;
  const solPrice = parseDecimal(candidate.solPrice, 'candidate.solPrice');
  const lamportCosts = 2n * (settings.tipMax + settings.feeMax);
  const value = lamportsInQuote(lamportCosts, solPrice, market.quote.decimals, 'up');
  return { swapBps, totalBps: swapBps + Number((value * 1_000_000n) / notional) / 100 };
}

function entrySignal(question: EntryQuestion, offer: Offer): Signal {
  const { candidate, opinion, market, lastEventMs, settings } = question;
  const { notional, quotedOut, value, oneWayCostBps, exploring } = offer;
  const feedPrice = parseDecimal(candidate.price, 'candidate.price');
  return {
    signalId: candidate.signalId,
    runId: candidate.runId,
    market: candidate.market,
    leg: 'entry',
    attempt: 1,
    side: 'buy',
    amountIn: tokenUnits(notional),
    quotedOut: tokenUnits(quotedOut),
    minAmountOut: tokenUnits(leastOut(quotedOut, settings.slippageMax)),
    slippageMax: settings.slippageMax,
    notional,
    collarBps: collarOf({ base: quotedOut, quote: notional }, market, feedPrice),
    feedPrice: candidate.price,
    solPrice: candidate.solPrice,
    conviction: opinion.conviction,
    probability: opinion.probability,
    expectedValueBps: value.bps,
    exploring,
    exits: planExits({ ...opinion, oneWayCostBps }),
    marketTimeMs: candidate.marketTimeMs,
    lastEventMs,
    timeToLiveMs: settings.entryLifeMs,
    receivedNs: candidate.receivedNs,
  };
}

const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
