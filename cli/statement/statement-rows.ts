import type { Statement, StatementLine } from '../../adapters/ledger/statement.ts';
import type { Market, Token } from '../../domain/market/market.ts';
import {
  exchangeOf,
  executedLegOf,
  executionCostOf,
  type Exchange,
  type ExecutionCost,
} from '../../domain/settlement/execution-cost.ts';
import { rentOf } from '../../domain/settlement/settlement.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId } from '../../domain/shared/ids.ts';

/** A statement's line with what it means in its market. */
export type StatementRow = StatementLine & {
  readonly base: Token;
  readonly quote: Token;
  /** Executed base units; absent where nothing was exchanged. */
  readonly exchange?: Exchange;
  readonly cost?: ExecutionCost;
  /** Lamports. Without a fill nobody tells tip from fee: all of it is the fee. */
  readonly fee: string;
  readonly tip: string;
  readonly rent: string;
};

export type StatementTotals = {
  readonly landed: number;
  readonly failed: number;
  readonly expired: number;
  /** Lamports. */
  readonly fee: string;
  readonly tip: string;
  readonly rent: string;
  /** Quote units. */
  readonly costs: string;
  readonly turnover: string;
  readonly realisedPnl: string;
  readonly walletChange: Statement['walletChange'];
};

export function rowsOf(
  { lines }: Statement,
  markets: ReadonlyMap<MarketId, Market>,
): readonly StatementRow[] {
  return lines.map((line) => {
    const market = markets.get(line.market);
    if (!market) {
      const known = [...markets.keys()].join(', ');
      throw new OvermindError('market/unknown', { market: line.market, known });
    }
    return rowOf(line, market);
  });
}

function rowOf(line: StatementLine, { base, quote }: Market): StatementRow {
  const { fill, signal, lamports } = line;
  const tokens = { base, quote };
  if (!fill) return { ...line, ...tokens, fee: lamports, tip: '0', rent: '0' };
  return {
    ...line,
    ...tokens,
    exchange: exchangeOf(fill.side, fill.amountIn, fill.amountOut),
    cost: executionCostOf(executedLegOf(signal, fill, tokens)),
    fee: fill.fee,
    tip: fill.tip,
    rent: rentOf(fill),
  };
}

export function totalsOf(
  rows: readonly StatementRow[],
  walletChange: Statement['walletChange'],
): StatementTotals {
  const count = (end: StatementRow['end']): number => rows.filter((row) => row.end === end).length;
  const sum = (of: (row: StatementRow) => string | undefined): string =>
    String(rows.reduce((total, row) => total + BigInt(of(row) ?? '0'), 0n));
  return {
    landed: count('landed'),
    failed: count('failed'),
    expired: count('expired'),
    fee: sum(({ fee }) => fee),
    tip: sum(({ tip }) => tip),
    rent: sum(({ rent }) => rent),
    costs: sum(({ costs }) => costs),
    turnover: sum(({ exchange }) => exchange?.quote),
    realisedPnl: sum(({ realisedPnl }) => realisedPnl),
    walletChange,
  };
}
