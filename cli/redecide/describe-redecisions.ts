import type { Consultation } from '../../domain/analysis/consultation.ts';
import type { Decision } from '../../domain/decision/signal.ts';
import type { Difference } from '../../domain/shared/differences.ts';
import { humanBps, humanTime } from '../../domain/shared/human-amounts.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { facts, table, type Column } from '../table.ts';
import type { RedecidedTrade } from './redecide-trades.ts';

const DIFFERENCES_SHOWN_MAX = 40;

/** One decision made again, with every difference. */
export function describeRedecision(trade: RedecidedTrade): string {
  const { candidate, opinion, policyVersion, same } = trade;
  const lines = facts([
    ['trade', candidate.signalId],
    ['market time', humanTime(candidate.marketTimeMs)],
    ['policy', `then ${opinion.policyVersion}, now ${policyVersion}`],
    ['overlay then', trade.advice ? adviceText(trade.inputs.consultation) : ''],
    ['overlay now', trade.advice ? adviceText(trade.advice) : ''],
    ['decided then', textOf(trade.decision)],
    ['decided now', textOf(trade.decidedNow)],
    ['known since', knownSince(trade)],
    ['', same ? 'Opinion and decision are the same, byte for byte.' : ''],
  ]);
  if (same) return lines;
  const differences = [
    ...trade.opinionDifferences.map((one) => named('opinion', one)),
    ...trade.decisionDifferences.map((one) => named('decision', one)),
  ];
  const shown = differences.slice(0, DIFFERENCES_SHOWN_MAX);
  const more = differences.length - shown.length;
  const rest = more > 0 ? `\n${more} more, all of them with --json` : '';
  return `${lines}\n\n${table(shown, DIFFERENCES)}${rest}`;
}

/** For scripts: amounts as decimal strings. */
export function redecisionJson({ candidate, opinion, ...trade }: RedecidedTrade) {
  const { decision: decidedThen, decidedNow, same, returnBps, marketBps } = trade;
  const { opinionDifferences, decisionDifferences } = trade;
  const { signalId, market, marketTimeMs } = candidate;
  const policies = { policyThen: opinion.policyVersion, policyNow: trade.policyVersion };
  return {
    ...{ signalId, market, marketTimeMs, same, decidedThen, decidedNow, returnBps, marketBps },
    ...policies,
    ...{ opinionDifferences, decisionDifferences },
    ...(trade.advice ? { adviceThen: trade.inputs.consultation, adviceNow: trade.advice } : {}),
  };
}

/** Many, one a line, and what would have changed. */
export function describeRedecisions(trades: readonly RedecidedTrade[]): string {
  const changed = trades.filter(({ same }) => !same);
  const turned = changed.filter(({ decision, decidedNow }) => decision.trade !== decidedNow.trade);
  const sum =
    `${trades.length} decisions: ${trades.length - changed.length} the same, byte for byte; ` +
    `${changed.length} changed, ${turned.length} of them between trade and no trade.`;
  if (trades.length === 0) return sum;
  const isAsked = trades.some(({ advice }) => advice !== undefined);
  const cost = trades.reduce((all, { advice }) => all + (advice?.costMicroUsd ?? 0), 0);
  const columns = isAsked ? [...COLUMNS, ...ADVICE_COLUMNS] : COLUMNS;
  const paid = isAsked ? ` Asking cost at most $${(cost / 1e6).toFixed(6)}.` : '';
  return `${table(trades, columns)}\n\n${sum}${paid}`;
}

function adviceText(consultation: Consultation | undefined): string {
  if (!consultation) return 'not asked';
  if (!consultation.answered) return `no answer: ${consultation.reason}`;
  const { advice, by, model, promptVersion } = consultation;
  const { verdict, reasons, confidence } = advice;
  return `${verdict} (${reasons.join(', ')}; ${confidence}) · ${by} ${model} · ${promptVersion}`;
}

const verdictOf = (consultation: Consultation | undefined): string =>
  consultation?.answered ? consultation.advice.verdict : (consultation?.reason ?? '–');

const ADVICE_COLUMNS: readonly Column<RedecidedTrade>[] = [
  { title: 'overlay then', of: ({ inputs }) => verdictOf(inputs.consultation) },
  { title: 'overlay now', of: ({ advice }) => verdictOf(advice) },
];

const COLUMNS: readonly Column<RedecidedTrade>[] = [
  { title: 'time', of: ({ candidate }) => humanTime(candidate.marketTimeMs) },
  { title: 'trade', of: ({ candidate }) => candidate.signalId },
  { title: 'then', of: ({ decision }) => textOf(decision) },
  { title: 'now', of: ({ decidedNow }) => textOf(decidedNow) },
  { title: 'same', of: ({ same }) => (same ? 'yes' : 'NO') },
  { title: 'known since', of: knownSince },
];

const DIFFERENCES: readonly Column<Difference>[] = [
  { title: 'what', of: ({ path }) => path },
  { title: 'then', of: ({ was }) => valueOf(was) },
  { title: 'now', of: ({ is }) => valueOf(is) },
];

function textOf(decision: Wire<Decision>): string {
  if (!decision.trade) return 'no trade';
  const { notional, expectedValueBps, exploring } = decision.signal;
  return `buy for ${notional} · EV ${humanBps(expectedValueBps)}${exploring ? ' · exploring' : ''}`;
}

function knownSince({ returnBps, marketBps }: RedecidedTrade): string {
  const market = marketBps === undefined ? '' : `market ${humanBps(marketBps)}`;
  const trade = returnBps === undefined ? '' : `trade ${humanBps(returnBps)}`;
  return [trade, market].filter((text) => text !== '').join(' · ') || '–';
}

const named = (whose: string, { path, ...values }: Difference): Difference => ({
  path: `${whose}.${path}`,
  ...values,
});

const valueOf = (value: unknown): string => (value === undefined ? '–' : JSON.stringify(value));
