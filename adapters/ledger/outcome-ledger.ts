import type { ClosedPosition, OutcomeLedger } from '../../domain/learning/outcome-of.ts';
import { outcomeFromWire, type Outcome } from '../../domain/learning/outcome.ts';
import type { ExitReason } from '../../domain/positions/position.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId, SignalId } from '../../domain/shared/ids.ts';
import { quoteUnits } from '../../domain/shared/units.ts';
import { wholeNumber } from '../../domain/shared/whole-number.ts';
import { inTransaction, queryRows, type LedgerPool, type Queryable } from './connect.ts';

export function createOutcomeLedger(pool: LedgerPool): OutcomeLedger {
  return {
    readClosedPosition: (signalId) => readClosedPosition(pool, signalId),
    recordOutcome: (outcome, closed) =>
      inTransaction(pool, 'record outcome', async (client) => {
        await insertOutcome(client, outcome, closed);
        const stored = await readOutcome(client, outcome.signalId);
        await endTrade(client, stored);
        return stored;
      }),
  };
}

type ClosedRow = {
  readonly market: MarketId;
  readonly exit_reason: ExitReason;
  readonly cost: string;
  readonly costs_paid: string;
  readonly proceeds: string;
  readonly opened_market_ms: string;
  readonly closed_market_ms: string;
  readonly exploring: boolean;
};

async function readClosedPosition(
  pool: LedgerPool,
  signalId: SignalId,
): Promise<ClosedPosition | undefined> {
  const [row] = await queryRows<ClosedRow>(pool, 'read closed position', {
    name: 'position-closed',
    text: `select p.market, p.exit_reason, p.cost, p.costs_paid, p.proceeds, p.opened_market_ms,
        p.closed_market_ms, t.exploring
      from positions p join trades t using (signal_id)
      where p.signal_id = $1 and p.status = 'closed'`,
    values: [signalId],
  });
  if (!row) return undefined;
  const amount = (text: string, field: string) =>
    quoteUnits(wholeNumber(text, `position.${field}`));
  return {
    signalId,
    market: row.market,
    exitReason: row.exit_reason,
    cost: amount(row.cost, 'cost'),
    costsPaid: amount(row.costs_paid, 'costsPaid'),
    proceeds: amount(row.proceeds, 'proceeds'),
    openedAtMs: Number(row.opened_market_ms),
    closedAtMs: Number(row.closed_market_ms),
    exploring: row.exploring,
  };
}

async function insertOutcome(
  on: Queryable,
  outcome: Outcome,
  { closedAtMs }: ClosedPosition,
): Promise<void> {
  await queryRows(on, 'insert outcome', {
    name: 'outcome-insert',
    text: `insert into outcomes (signal_id, run_id, market, exit_reason, realised_pnl, return_bps,
        hold_ms, exploring, closed_market_ms)
      select $1, run_id, $2, $3, $4, $5, $6, $7, $8 from trades where signal_id = $1
      on conflict (signal_id) do nothing`,
    values: [
      outcome.signalId,
      outcome.market,
      outcome.exitReason,
      String(outcome.realisedPnl),
      outcome.returnBps,
      outcome.holdMs,
      outcome.exploring,
      closedAtMs,
    ],
  });
}

type OutcomeRow = {
  readonly market: MarketId;
  readonly exit_reason: ExitReason;
  readonly realised_pnl: string;
  readonly return_bps: number;
  readonly hold_ms: string;
  readonly exploring: boolean;
};

async function readOutcome(on: Queryable, signalId: SignalId): Promise<Outcome> {
  const [row] = await queryRows<OutcomeRow>(on, 'read outcome', {
    name: 'outcome-read',
    text: `select market, exit_reason, realised_pnl, return_bps, hold_ms, exploring
      from outcomes where signal_id = $1`,
    values: [signalId],
  });
  if (!row) {
    const fault = `no trade ${signalId}`;
    throw new OvermindError('ledger/conflict', { operation: 'record outcome', fault });
  }
  return outcomeFromWire({
    signalId,
    market: row.market,
    exitReason: row.exit_reason,
    realisedPnl: row.realised_pnl,
    returnBps: row.return_bps,
    holdMs: Number(row.hold_ms),
    exploring: row.exploring,
  });
}

async function endTrade(on: Queryable, outcome: Outcome): Promise<void> {
  await queryRows(on, 'end trade', {
    name: 'trade-closed',
    text: `update trades set stage = 'closed', realised_pnl = $2, exit_reason = $3,
        ended_at = coalesce(ended_at, now()), updated_at = now()
      where signal_id = $1`,
    values: [outcome.signalId, String(outcome.realisedPnl), outcome.exitReason],
  });
}
