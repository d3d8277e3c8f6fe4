import type { TradeLine } from '../../adapters/ledger/trade-list.ts';
import {
  humanAmount,
  humanBps,
  humanChange,
  humanTime,
} from '../../domain/shared/human-amounts.ts';
import { table, type Column } from '../table.ts';
import { shortIds } from './short-ids.ts';

/** Limits, results and notionals are in USDC, the quote of every market. */
const QUOTE_DECIMALS = 6;
const DECISION_LENGTH_MAX = 44;

/** A workflow's page in the Web UI. */
export type LinkOf = (workflowId: string) => string;

export function describeTrades(trades: readonly TradeLine[], linkOf?: LinkOf): string {
  if (trades.length === 0) return 'No trades yet.';
  const short = shortIds(trades.map(({ signalId }) => signalId));
  const columns: readonly Column<TradeLine>[] = [
    {
      title: 'id',
      of: ({ signalId }) => short.get(signalId) ?? signalId,
      ...(linkOf ? { link: ({ workflowId }) => linkOf(workflowId) } : {}),
    },
    { title: 'market time', of: ({ marketTimeMs }) => humanTime(marketTimeMs).replace(' UTC', '') },
    { title: 'market', of: ({ market }) => market },
    { title: 'screen', of: ({ screen }) => screen },
    { title: 'stage', of: ({ stage }) => stage },
    { title: 'decision', of: decisionOf },
    { title: 'conviction', of: ({ conviction }) => conviction?.toFixed(2) ?? '–', right: true },
    {
      title: 'EV',
      of: ({ expectedValueBps: ev }) => (ev === undefined ? '–' : humanBps(ev)),
      right: true,
    },
    { title: 'risk', of: ({ riskScore }) => riskScore?.toFixed(2) ?? '–', right: true },
    { title: 'to wire', of: ({ permitToWireUs }) => humanMicros(permitToWireUs), right: true },
    { title: 'P&L USDC', of: pnlOf, right: true },
    { title: '', of: ({ exploring }) => (exploring ? 'exploring' : '') },
  ];
  return table(trades, columns);
}

/** What was decided, or why it was not traded. */
export function decisionOf({ stage, breaches, reasons, notional, exitReason }: TradeLine): string {
  if (breaches.length > 0) return cut(breaches.map(({ rule }) => rule).join(', '));
  if (stage === 'declined' || stage === 'failed') return cut(reasons.join(' ') || '–');
  if (notional === undefined) return '–';
  const buy = `buy for ${humanAmount(notional, QUOTE_DECIMALS)}`;
  return exitReason === undefined ? buy : cut(`${buy}, out by ${exitReason}`);
}

export const pnlOf = ({ realisedPnl }: { readonly realisedPnl?: string }): string =>
  realisedPnl === undefined ? '–' : humanChange(realisedPnl, QUOTE_DECIMALS);

/** `87 µs`, `1.2 ms`, `3.4 s`. */
export function humanMicros(us: number | undefined): string {
  if (us === undefined) return '–';
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${Math.round(us / 100) / 10} ms`;
  return `${Math.round(us / 100_000) / 10} s`;
}

const cut = (text: string): string =>
  text.length <= DECISION_LENGTH_MAX ? text : `${text.slice(0, DECISION_LENGTH_MAX - 1)}…`;
