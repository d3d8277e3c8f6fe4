import type { ExitPlan } from '../../domain/decision/signal.ts';
import type { PositionReader } from '../../domain/positions/position-reader.ts';
import type { Position } from '../../domain/positions/position.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { basisPoints, quoteUnits, tokenUnits } from '../../domain/shared/units.ts';
import { wholeNumber } from '../../domain/shared/whole-number.ts';
import { queryRows, type LedgerPool } from './connect.ts';

type Row = {
  readonly run_id: RunId;
  readonly market: MarketId;
  readonly status: Position['status'];
  readonly quantity: string;
  readonly cost: string;
  readonly costs_paid: string;
  readonly exits: { readonly [Key in keyof ExitPlan]: number };
  readonly opened_market_ms: string;
};

export function createPositionReader(pool: LedgerPool): PositionReader {
  return {
    async readPosition(signalId) {
      const [row] = await queryRows<Row>(pool, 'read position', {
        name: 'position-read',
        text: `select run_id, market, status, quantity, cost, costs_paid, exits, opened_market_ms
          from positions where signal_id = $1`,
        values: [signalId],
      });
      if (!row) return undefined;
      const { stopLoss, takeProfit, timeExitMs } = row.exits;
      return {
        signalId,
        runId: row.run_id,
        market: row.market,
        status: row.status,
        quantity: tokenUnits(wholeNumber(row.quantity, 'position.quantity')),
        cost: quoteUnits(wholeNumber(row.cost, 'position.cost')),
        costsPaid: quoteUnits(wholeNumber(row.costs_paid, 'position.costsPaid')),
        exits: {
          stopLoss: basisPoints(stopLoss),
          takeProfit: basisPoints(takeProfit),
          timeExitMs,
        },
        openedAtMs: Number(row.opened_market_ms),
      };
    },
  };
}
