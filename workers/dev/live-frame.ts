import type { RunCounts } from '../../adapters/ledger/run-counts.ts';
import type { TradeLine } from '../../adapters/ledger/trade-list.ts';
import type { FeedState } from '../../domain/market/feed.ts';
import { humanChange, humanDuration, humanTime } from '../../domain/shared/human-amounts.ts';

export type FrameView = {
  readonly feed: FeedState | undefined;
  readonly counts: RunCounts;
  readonly trades: readonly TradeLine[];
  readonly quote: { readonly symbol: string; readonly decimals: number };
  /** A halt or a pause, in words. */
  readonly notice: string | undefined;
  readonly elapsedMs: number;
  readonly links: readonly (readonly [name: string, url: string])[];
};

const WARM_BARS = 200;
const COLUMNS = [
  { head: 'market time', width: 16 },
  { head: 'market', width: 10 },
  { head: 'screen', width: 17 },
  { head: 'stage', width: 10 },
  { head: 'decision', width: 26 },
  { head: 'risk', width: 5 },
  { head: 'wire µs', width: 8 },
  { head: 'P&L', width: 14 },
] as const;

/** The live table, line by line, none longer than the terminal is wide. */
export function renderFrame(view: FrameView, width: number): string[] {
  const { counts, trades, notice, links } = view;
  const lines = [
    statusLine(view),
    `candidates ${counts.candidates}: declined ${counts.declined}, refused ${refusedOf(counts)}, ` +
      `trades ${counts.trades} (exploring ${counts.exploring}) · open ${counts.open}, closed ${counts.closed} · ` +
      `permits ${counts.permits}: landed ${counts.landed}, failed ${counts.failed}, expired ${counts.expired}, ` +
      `under way ${counts.unknown}`,
    ...(notice === undefined ? [] : [notice]),
    '',
    COLUMNS.map(({ head, width: size }) => head.padEnd(size)).join(' '),
    ...trades.map((trade) => tradeRow(trade, view)),
    ...(trades.length === 0 ? ['(no candidate yet)'] : []),
    '',
    links.map(([name, url]) => `${name} ${url}`).join(' · '),
    'Ctrl-C stops everything in order.',
  ];
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}

export function statusLine({ feed, counts, quote, elapsedMs }: FrameView): string {
  const pnl = `${humanChange(counts.realisedPnl, quote.decimals)} ${quote.symbol} realised`;
  return [phaseOf(feed), pnl, humanDuration(elapsedMs)].join(' · ');
}

function phaseOf(feed: FeedState | undefined): string {
  if (!feed) return 'waiting for the feed';
  if (feed.phase === 'warming') {
    return `warming ${Math.min(feed.warmedBars, WARM_BARS)}/${WARM_BARS}`;
  }
  const at = feed.marketTimeMs > 0 ? ` at ${humanTime(feed.marketTimeMs)}` : '';
  const stale = feed.staleMarkets.length > 0 ? ` · stale: ${feed.staleMarkets.join(', ')}` : '';
  const held = feed.legsInFlight > 0 ? ` · clock held by ${feed.legsInFlight}` : '';
  return `${feed.phase}${at} · ${feed.events} events${stale}${held}`;
}

function refusedOf({ candidates, declined, trades, pending }: RunCounts): number {
  return candidates - declined - trades - pending;
}

function tradeRow(trade: TradeLine, { quote }: FrameView): string {
  const cells = [
    humanTime(trade.marketTimeMs).slice(0, 16),
    trade.market,
    trade.screen,
    trade.stage,
    decisionOf(trade),
    trade.riskScore === undefined ? '' : trade.riskScore.toFixed(2),
    trade.permitToWireUs === undefined ? '' : String(trade.permitToWireUs),
    trade.realisedPnl === undefined ? '' : humanChange(trade.realisedPnl, quote.decimals),
  ];
  return cells
    .map((cell, at) => cell.slice(0, COLUMNS[at]?.width).padEnd(COLUMNS[at]?.width ?? 0))
    .join(' ')
    .trimEnd();
}

function decisionOf(trade: TradeLine): string {
  if (trade.breaches.length > 0) return trade.breaches.map(({ rule }) => rule).join(', ');
  const parts: string[] = [];
  if (trade.conviction !== undefined) parts.push(trade.conviction.toFixed(2));
  if (trade.expectedValueBps !== undefined) parts.push(`EV ${trade.expectedValueBps.toFixed(1)}`);
  if (trade.exploring) parts.push('exploring');
  if (parts.length === 0) return trade.reasons[0] ?? '';
  return parts.join(' · ');
}

/** One line of a headless run: what has become of a trade. */
export function tradeNews(trade: TradeLine, quote: FrameView['quote']): string {
  const pnl =
    trade.realisedPnl === undefined
      ? ''
      : ` · ${humanChange(trade.realisedPnl, quote.decimals)} ${quote.symbol}`;
  const why = trade.exitReason === undefined ? '' : ` · ${trade.exitReason}`;
  const wire =
    trade.permitToWireUs === undefined ? '' : ` · ${trade.permitToWireUs} µs to the wire`;
  const decision = decisionOf(trade);
  const said = decision === '' ? '' : ` · ${decision}`;
  return `${humanTime(trade.marketTimeMs)} ${trade.market} ${trade.screen}: ${trade.stage}${said}${wire}${why}${pnl}`;
}
