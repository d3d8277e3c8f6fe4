import type { PositionLine } from '../../adapters/ledger/position-list.ts';
import type { Market } from '../../domain/market/market.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import {
  humanAmount,
  humanBps,
  humanDuration,
  humanPrice,
  humanTime,
} from '../../domain/shared/human-amounts.ts';
import { table, type Column } from '../table.ts';
import { tradeWorkflowId } from '../../temporal/ids.ts';
import { pnlOf, type LinkOf } from '../trades/describe-trades.ts';
import { shortIds } from '../trades/short-ids.ts';

export function describePositions(
  positions: readonly PositionLine[],
  marketOf: (id: MarketId) => Market,
  linkOf?: LinkOf,
): string {
  if (positions.length === 0) return 'No position is open, and none has been closed.';
  const short = shortIds(positions.map(({ signalId }) => signalId));
  const columns: readonly Column<PositionLine>[] = [
    {
      title: 'id',
      of: ({ signalId }) => short.get(signalId) ?? signalId,
      ...(linkOf
        ? { link: ({ market, signalId }) => linkOf(tradeWorkflowId(market, signalId)) }
        : {}),
    },
    { title: 'market', of: ({ market }) => market },
    { title: 'status', of: ({ status }) => status },
    {
      title: 'quantity',
      of: (one) => humanAmount(one.quantity, marketOf(one.market).base.decimals),
      right: true,
    },
    { title: 'entry', of: (one) => entryPrice(one, marketOf(one.market)), right: true },
    { title: 'stop', of: ({ exits }) => humanBps(-Number(exits.stopLoss)), right: true },
    { title: 'take', of: ({ exits }) => humanBps(exits.takeProfit), right: true },
    { title: 'time exit', of: ({ exits }) => humanDuration(exits.timeExitMs), right: true },
    { title: 'opened', of: ({ openedAtMs }) => humanTime(openedAtMs).replace(' UTC', '') },
    { title: 'exit', of: ({ exitReason }) => exitReason ?? '–' },
    { title: 'P&L USDC', of: pnlOf, right: true },
    { title: '', of: ({ exploring }) => (exploring ? 'exploring' : '') },
  ];
  return table(positions, columns);
}

const entryPrice = ({ quantity, cost }: PositionLine, { base, quote }: Market): string =>
  humanPrice({
    base: quantity,
    baseDecimals: base.decimals,
    quote: cost,
    quoteDecimals: quote.decimals,
  });
