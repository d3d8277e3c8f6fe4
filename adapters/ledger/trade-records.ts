import { inputsToWire } from '../../domain/decision/decision-inputs.ts';
import { decisionToWire } from '../../domain/decision/decision-wire.ts';
import type {
  AnalysedTrade,
  DecidedTrade,
  TradeRecords,
} from '../../domain/decision/trade-records.ts';
import type { FieldSeal } from '../../domain/shared/field-seal.ts';
import type { SignalId } from '../../domain/shared/ids.ts';
import { queryRows, type LedgerPool } from './connect.ts';
import { sealInputs } from './sealed-decisions.ts';

/** What the brain may no longer write into: a trade that is over, or that risk has approved. */
const UNTOUCHED = `t.ended_at is null
  and not exists (select 1 from permits p where p.signal_id = t.signal_id)`;

export function createTradeRecords(pool: LedgerPool, seal: FieldSeal): TradeRecords {
  return {
    recordAnalysed: (trade) => recordAnalysed(pool, trade),
    recordDecision: (trade) => recordDecision(pool, trade, seal),
    recordWaiting: (signalId) => recordWaiting(pool, signalId),
  };
}

async function recordAnalysed(
  pool: LedgerPool,
  { candidate, workflowId, opinion }: AnalysedTrade,
): Promise<void> {
  await queryRows(pool, 'record analysed', {
    name: 'trade-analysed',
    text: `insert into trades as t (signal_id, run_id, market, workflow_id, screen, stage,
        market_time_ms, received_ns, candidate, opinion, conviction)
      values ($1, $2, $3, $4, $5, 'deciding', $6, $7, $8, $9, $10)
      on conflict (signal_id) do update set
        stage = case when t.stage = 'analysing' then 'deciding' else t.stage end,
        opinion = coalesce(excluded.opinion, t.opinion),
        conviction = coalesce(excluded.conviction, t.conviction), updated_at = now()
      where ${UNTOUCHED}`,
    values: [
      candidate.signalId,
      candidate.runId,
      candidate.market,
      workflowId,
      candidate.screen,
      Math.floor(candidate.marketTimeMs),
      candidate.receivedNs,
      JSON.stringify(candidate),
      opinion ? JSON.stringify(opinion) : null,
      opinion?.conviction ?? null,
    ],
  });
}

async function recordDecision(
  pool: LedgerPool,
  { signalId, decision, inputs }: DecidedTrade,
  seal: FieldSeal,
): Promise<void> {
  const signal = decision.trade ? decision.signal : undefined;
  await queryRows(pool, 'record decision', {
    name: 'trade-decided',
    text: `update trades t set decision = $2, reasons = $3, stage = $4, expected_value_bps = $5,
        exploring = $6, notional = $7, decision_inputs = $8, updated_at = now(),
        ended_at = case when $4 = 'declined' then now() end
      where signal_id = $1 and ${UNTOUCHED}`,
    values: [
      signalId,
      JSON.stringify(decisionToWire(decision)),
      [...decision.reasons],
      signal ? 'approving' : 'declined',
      signal?.expectedValueBps ?? null,
      signal?.exploring ?? false,
      signal ? String(signal.notional) : null,
      inputs ? JSON.stringify(sealInputs(inputsToWire(inputs), signalId, seal)) : null,
    ],
  });
}

async function recordWaiting(pool: LedgerPool, signalId: SignalId): Promise<void> {
  await queryRows(pool, 'record waiting', {
    text: `update trades t set stage = 'waiting', updated_at = now()
      where signal_id = $1 and ${UNTOUCHED}`,
    values: [signalId],
  });
}
