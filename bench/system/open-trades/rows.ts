import { inTransaction, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { encodePermit } from '../../../domain/risk/permit-codec.ts';
import { permitIdOf, signalIdOf } from '../../../domain/shared/ids.ts';
import { tradeWorkflowId } from '../../../temporal/ids.ts';
import { permitFor } from '../../../test/support/permits.ts';
import { aCandidate, aLanding, anOpinion, aSignalWire } from '../../../test/support/trade-wires.ts';
import { RUN } from '../rig.ts';

const MARKET = 'SOL-USDC';
/** So far off that no price and no clock of the bench reaches them. */
const EXITS = { stopLoss: 9_900, takeProfit: 100_000, timeExitMs: 10_000_000_000 };

/**
 * Trades that hold what they have bought, as their stages leave them in the ledger. In one market,
 * which only this bench's own database allows: 64 markets are the most that can be configured.
 */
export async function storeOpenTrades(pool: LedgerPool, count: number): Promise<void> {
  const trades = Array.from({ length: count }, (_, number) => openTrade(number));
  await inTransaction(pool, 'store open trades', async (client) => {
    await client.query('drop index if exists positions_one_live');
    const store = (text: string) => client.query(text, [JSON.stringify(trades)]);
    await store(`insert into trades (signal_id, run_id, market, workflow_id, screen, stage,
        market_time_ms, received_ns, candidate, opinion, reasons, conviction, notional)
      select "signalId", '${RUN}', market, "workflowId", 'breakout', 'managing', "marketTimeMs", 0,
        candidate, opinion, '{}', 0.82, 200000000
      from ${recordset(`"workflowId" text, candidate jsonb, opinion jsonb`)}`);
    await store(`insert into permits (permit_id, signal_id, run_id, leg, attempt, market, side,
        signal, p, m, notional, risk_score, status, signature, valid_until_ms, valid_until_height,
        executor_epoch, halt_epoch, received_ns)
      select "permitId", "signalId", '${RUN}', 'entry', 1, market, 'buy', signal, p, 'm', 200000000,
        0.4, 'landed', signature, 1, 1, 1, 0, 0
      from ${recordset('"permitId" text, signal jsonb, p text, signature text')}`);
    await store(`insert into settlements (permit_id, kind, signature, slot, fill, costs)
      select "permitId", 'landed', signature, 77, fill, 25000
      from ${recordset('"permitId" text, signature text, fill jsonb')}`);
    await store(`insert into positions (signal_id, run_id, market, status, quantity, cost,
        costs_paid, exits, opened_market_ms)
      select "signalId", '${RUN}', market, 'open', 1359000000, 200000000, 25000, exits,
        "marketTimeMs"
      from ${recordset('exits jsonb')}`);
  });
}

const recordset = (columns: string): string =>
  `jsonb_to_recordset($1::jsonb) as t("signalId" text, market text, "marketTimeMs" bigint, ${columns})`;

function openTrade(number: number) {
  const marketTimeMs = aCandidate().marketTimeMs + number * 60_000;
  const signalId = signalIdOf(RUN, MARKET, 'breakout', marketTimeMs);
  const permitId = permitIdOf(signalId, 'entry', 1);
  return {
    signalId,
    market: MARKET,
    marketTimeMs,
    workflowId: tradeWorkflowId(MARKET, signalId),
    candidate: aCandidate({ signalId, marketTimeMs, features: Array(28).fill(0.123_456_789) }),
    opinion: anOpinion(),
    permitId,
    signal: aSignalWire({ signalId, marketTimeMs, exits: EXITS as never }),
    p: encodePermit(permitFor({ id: permitId })),
    signature: `signature-${permitId}`,
    fill: { ...aLanding('entry').fill, permitId },
    exits: EXITS,
  };
}
