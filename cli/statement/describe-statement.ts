import type { Token } from '../../domain/market/market.ts';
import {
  exactAmount,
  humanAmount,
  humanBps,
  humanChange,
  humanTime,
} from '../../domain/shared/human-amounts.ts';
import { facts, table, type Column } from '../table.ts';
import { shortIds } from '../trades/short-ids.ts';
import type { StatementRow, StatementTotals } from './statement-rows.ts';

const SOL_DECIMALS = 9;
/** Quote of every market. */
const QUOTE: Omit<Token, 'mint'> = { symbol: 'USDC', decimals: 6 };

export function describeStatement(
  rows: readonly StatementRow[],
  totals: StatementTotals,
  symbols: ReadonlyMap<string, Omit<Token, 'mint'>>,
): string {
  if (rows.length === 0) return 'Nothing was settled in this time.';
  const ids = shortIds(rows.map(({ signalId }) => signalId));
  const columns: Column<StatementRow>[] = [
    { title: 'settled', of: ({ settledAtMs }) => humanTime(settledAtMs) },
    { title: 'trade', of: ({ signalId }) => ids.get(signalId) ?? signalId },
    { title: 'leg', of: ({ leg, end }) => (end === 'landed' ? leg : `${leg} ${end}`) },
    { title: 'amount', of: amountText, right: true },
    { title: 'decided', of: ({ cost }) => cost?.decidedPrice ?? '', right: true },
    { title: 'quoted', of: ({ cost }) => cost?.quotedPrice ?? '', right: true },
    { title: 'approved', of: ({ cost }) => cost?.approvedPrice ?? '', right: true },
    { title: 'filled', of: ({ cost }) => cost?.filledPrice ?? '', right: true },
    { title: 'slippage', of: ({ cost }) => (cost ? humanBps(cost.slippageBps) : ''), right: true },
    {
      title: 'shortfall',
      of: ({ cost }) => (cost ? humanBps(cost.shortfallBps) : ''),
      right: true,
    },
    { title: 'fee SOL', of: ({ fee }) => humanAmount(fee, SOL_DECIMALS), right: true },
    { title: 'tip SOL', of: ({ tip }) => humanAmount(tip, SOL_DECIMALS), right: true },
    { title: 'rent SOL', of: ({ rent }) => humanAmount(rent, SOL_DECIMALS), right: true },
    {
      title: `P&L ${QUOTE.symbol}`,
      of: ({ realisedPnl }) =>
        realisedPnl === undefined ? '' : humanChange(realisedPnl, QUOTE.decimals),
      right: true,
    },
  ];
  return `${table(rows, columns)}\n\n${facts(totalPairs(totals, symbols))}`;
}

const amountText = ({ exchange, base }: StatementRow): string =>
  exchange ? `${humanAmount(exchange.base, base.decimals)} ${base.symbol}` : '';

function totalPairs(
  totals: StatementTotals,
  symbols: ReadonlyMap<string, Omit<Token, 'mint'>>,
): readonly (readonly [string, string])[] {
  const { landed, failed, expired, fee, tip, rent, costs, turnover, realisedPnl } = totals;
  const sol = (amount: string): string => `${humanAmount(amount, SOL_DECIMALS)} SOL`;
  const usdc = (amount: string): string => `${humanAmount(amount, QUOTE.decimals)} ${QUOTE.symbol}`;
  const changes = Object.entries(totals.walletChange).map(([asset, amount]) => {
    const token = asset === 'SOL' ? { symbol: 'SOL', decimals: SOL_DECIMALS } : symbols.get(asset);
    return token
      ? `${humanChange(amount, token.decimals)} ${token.symbol}`
      : `${amount} of ${asset}`;
  });
  return [
    ['legs', `${landed} landed · ${failed} failed · ${expired} expired`],
    ['turnover', usdc(turnover)],
    ['network', `fees ${sol(fee)} · tips ${sol(tip)} · rent ${sol(rent)} · worth ${usdc(costs)}`],
    ['realised', `${humanChange(realisedPnl, QUOTE.decimals)} ${QUOTE.symbol}, net of all costs`],
    ['wallet', changes.join(' · ')],
  ];
}

type Cell = readonly [title: string, of: (row: StatementRow) => string | number | undefined];

const CELLS: readonly Cell[] = [
  ['settled_at', ({ settledAtMs }) => new Date(settledAtMs).toISOString()],
  ['run', ({ runId }) => runId],
  ['trade', ({ signalId }) => signalId],
  ['permit', ({ permitId }) => permitId],
  ['market', ({ market }) => market],
  ['leg', ({ leg }) => leg],
  ['side', ({ side }) => side],
  ['end', ({ end }) => end],
  ['base_amount', ({ exchange, base }) => exchange && exactAmount(exchange.base, base.decimals)],
  [
    'quote_amount',
    ({ exchange, quote }) => exchange && exactAmount(exchange.quote, quote.decimals),
  ],
  ['decided_price', ({ cost }) => cost?.decidedPrice],
  ['quoted_price', ({ cost }) => cost?.quotedPrice],
  ['approved_price', ({ cost }) => cost?.approvedPrice],
  ['filled_price', ({ cost }) => cost?.filledPrice],
  ['slippage_bps', ({ cost }) => cost?.slippageBps],
  ['shortfall_bps', ({ cost }) => cost?.shortfallBps],
  ['fee_sol', ({ fee }) => exactAmount(fee, SOL_DECIMALS)],
  ['tip_sol', ({ tip }) => exactAmount(tip, SOL_DECIMALS)],
  ['rent_sol', ({ rent }) => exactAmount(rent, SOL_DECIMALS)],
  ['costs_quote', ({ costs, quote }) => exactAmount(costs, quote.decimals)],
  [
    'realised_pnl_quote',
    ({ realisedPnl, quote }) =>
      realisedPnl === undefined ? undefined : exactAmount(realisedPnl, quote.decimals),
  ],
  ['exit_reason', ({ exitReason }) => exitReason],
  ['exploring', ({ exploring }) => String(exploring)],
  ['signature', ({ signature }) => signature],
];

/** One line a leg, RFC 4180. */
export function statementCsv(rows: readonly StatementRow[]): string {
  const lines = rows.map((row) => CELLS.map(([, of]) => csvCell(String(of(row) ?? ''))).join(','));
  return [CELLS.map(([title]) => title).join(','), ...lines].join('\r\n');
}

const csvCell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
