import type { SearchAttributePair } from '@temporalio/common';
import { humanBps, humanTime } from '../domain/shared/human-amounts.ts';
import { cutToBytes, detailsTable, oneLine, SUMMARY_BYTES_MAX } from './details-table.ts';
import { actionOf, baseText, changeText, fillOf, priceOf } from './leg-figures.ts';
import { overlayRows } from './overlay-rows.ts';
import { attributesOf } from './trade-attributes.ts';
import type { LegFacts, TradeFacts, TradeResult } from './trade-facts.ts';
import {
  approvalRows,
  haltRows,
  legRows,
  opinionRows,
  outcomeRows,
  screenRows,
  triggerRows,
  type Row,
} from './trade-rows.ts';

export type TradeDescription = {
  /** One plain line. */
  readonly summary: string;
  /** Markdown: a heading and a table with one row a fact. */
  readonly details: string;
  readonly memo: Readonly<Record<string, string | number | boolean>>;
  readonly attributes: readonly SearchAttributePair[];
  readonly result: TradeResult;
};

/** The one description of a trade: every surface shows the same facts. */
export function describeTrade(facts: TradeFacts): TradeDescription {
  const result = resultOf(facts);
  const summary = cutToBytes(headlineOf(facts, result), SUMMARY_BYTES_MAX);
  return {
    summary,
    details: detailsOf(facts, summary),
    memo: memoOf(facts, result),
    attributes: attributesOf(facts),
    result,
  };
}

const isNew = ({ opinion, reasons, stage }: TradeFacts): boolean =>
  stage === 'analysing' && !opinion && !reasons;

function headlineOf(facts: TradeFacts, { why, realisedPnl, returnBps }: TradeResult): string {
  const { candidate, setting, entry, end } = facts;
  const name = `${candidate.market} ${candidate.screen}`;
  // Where it stands before anything happened: this one line is never written again.
  if (isNew(facts)) return `${name} · at ${candidate.price} · ${humanTime(candidate.marketTimeMs)}`;
  const parts = [name, end ?? facts.stage];
  if (end === 'closed') {
    parts.push(...why);
    if (realisedPnl !== undefined) parts.push(`P&L ${realisedPnl} (${humanBps(returnBps ?? 0)})`);
  } else if (end) {
    parts.push(why.join(', '));
  } else if (entry) {
    const held = fillOf(entry);
    if (held) parts.push(`holds ${baseText(held.base, setting)} from ${priceOf(held, setting)}`);
    else parts.push(actionOf(entry, setting));
  } else {
    parts.push(`at ${candidate.price}`);
  }
  return oneLine(parts.join(' · '));
}

function detailsOf(facts: TradeFacts, headline: string): string {
  const { entry, exits, setting } = facts;
  const rows: Row[] = [
    ...haltRows(facts),
    ...screenRows(facts),
    ...opinionRows(facts),
    ...overlayRows(facts),
    ...approvalRows(facts),
    ...(entry ? legRows('entry', entry, setting) : []),
    ...triggerRows(facts),
    ...exits.flatMap((leg) => legRows(exitName(leg), leg, setting)),
    ...outcomeRows(facts),
  ];
  const after = isNew(facts)
    ? ['', 'What became of it stands in the current details and the result.']
    : [];
  return detailsTable(headline, rows, after);
}

const exitName = ({ signal }: LegFacts): string =>
  signal.attempt === 1 ? 'exit' : `exit ${signal.attempt}`;

function resultOf(facts: TradeFacts): TradeResult {
  const { candidate, setting, entry, exits, outcome } = facts;
  const exit = exits.at(-1);
  const entryPrice = priceOf(fillOf(entry), setting);
  const exitPrice = priceOf(fillOf(exit), setting);
  return {
    end: facts.end ?? 'closed',
    why: whyOf(facts),
    market: candidate.market,
    exploring: entry?.signal.exploring ?? false,
    ...(entryPrice === undefined ? {} : { entryPrice }),
    ...(exitPrice === undefined ? {} : { exitPrice }),
    ...(facts.trigger ? { exitReason: facts.trigger.reason } : {}),
    ...(outcome
      ? {
          realisedPnl: changeText(outcome.realisedPnl, setting),
          returnBps: outcome.returnBps,
        }
      : {}),
    signatures: [entry, ...exits].flatMap((leg) => {
      const signature = leg?.settlement?.signature ?? leg?.report?.signature;
      return signature === undefined ? [] : [signature];
    }),
  };
}

function whyOf({ end, reasons = [], entry, trigger }: TradeFacts): readonly string[] {
  if (end === 'declined') return reasons;
  if (end === 'closed') return trigger ? [trigger.reason] : [];
  if (!entry) return reasons;
  if (entry.breaches) {
    return entry.breaches.map(
      ({ rule, limit, actual }) => `${rule} (limit ${limit}, found ${actual})`,
    );
  }
  if (end === 'refused') return [`executor: ${entry.report?.reason ?? 'no reason given'}`];
  if (end === 'failed') return [entry.settlement?.error ?? reasons.at(-1) ?? 'no error given'];
  return end === 'expired' ? ['never landed'] : [];
}

function memoOf(facts: TradeFacts, result: TradeResult): TradeDescription['memo'] {
  return {
    trade: facts.candidate.signalId,
    summary: headlineOf(facts, result),
    ...(result.entryPrice === undefined ? {} : { entryPrice: result.entryPrice }),
    ...(result.exitPrice === undefined ? {} : { exitPrice: result.exitPrice }),
    ...(result.realisedPnl === undefined ? {} : { realisedPnl: result.realisedPnl }),
    exploring: result.exploring,
  };
}
