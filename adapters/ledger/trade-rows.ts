import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketId, RunId, SignalId } from '../../domain/shared/ids.ts';
import { queryRows, type LedgerPool } from './connect.ts';

export type TradeRef = { readonly market: MarketId; readonly signalId: SignalId };

/** Makes the row of a trade that begins. One that is there already stays as it is. */
export async function openTradeRow(
  pool: LedgerPool,
  candidate: Candidate,
  workflowId: string,
): Promise<void> {
  await queryRows(pool, 'open trade', {
    name: 'trade-open',
    text: `insert into trades
        (signal_id, run_id, market, workflow_id, screen, stage, market_time_ms, received_ns, candidate)
      values ($1, $2, $3, $4, $5, 'analysing', $6, $7, $8)
      on conflict (signal_id) do nothing`,
    values: [
      candidate.signalId,
      candidate.runId,
      candidate.market,
      workflowId,
      candidate.screen,
      candidate.marketTimeMs,
      candidate.receivedNs,
      JSON.stringify(candidate),
    ],
  });
}

/** Ends a trade that no other stage ends. A row that has ended, or has a permit, stays as it is. */
export async function recordAbandoned(
  pool: LedgerPool,
  trade: {
    readonly signalId: SignalId;
    readonly end: 'declined' | 'failed';
    readonly reasons: readonly string[];
  },
): Promise<void> {
  await queryRows(pool, 'abandon trade', {
    text: `update trades t set stage = $2, reasons = $3, ended_at = now(), updated_at = now()
      where signal_id = $1 and ended_at is null
        and not exists (select 1 from permits p where p.signal_id = t.signal_id)`,
    values: [trade.signalId, trade.end, [...trade.reasons]],
  });
}

/** Trades of a run that have neither ended nor got a permit. */
export function readTradesWithoutPermit(
  pool: LedgerPool,
  runId: RunId,
): Promise<readonly TradeRef[]> {
  return queryRows<TradeRef>(pool, 'read trades without permit', {
    text: `select market, signal_id as "signalId" from trades t
      where run_id = $1 and ended_at is null
        and not exists (select 1 from permits p where p.signal_id = t.signal_id)`,
    values: [runId],
  });
}
