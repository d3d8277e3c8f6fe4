import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { openTradeRow } from '../../adapters/ledger/trade-rows.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import { permitIdOf } from '../../domain/shared/ids.ts';
import { tradeWorkflowId } from '../../temporal/ids.ts';
import { permitFor } from './permits.ts';
import { aCandidate, anOpinion, aSignalWire } from './trade-wires.ts';

/** Rows as the stages leave them, for tests of those who only read. */

export async function aRunRow(pool: LedgerPool, runId: string, wallet: string): Promise<void> {
  await pool.query(
    `insert into runs (run_id, feed, mode, wallet, state)
     values ($1, '{"kind": "replay"}', 'paper', $2, 'running')`,
    [runId, wallet],
  );
}

export async function aTradeRow(
  pool: LedgerPool,
  change: Partial<Candidate>,
  columns: Readonly<Record<string, unknown>> = {},
): Promise<Candidate> {
  const candidate = aCandidate(change);
  await openTradeRow(pool, candidate, tradeWorkflowId(candidate.market, candidate.signalId));
  const names = Object.keys(columns);
  if (names.length > 0) {
    const set = names.map((name, at) => `${name} = $${at + 2}`).join(', ');
    await pool.query(`update trades set ${set} where signal_id = $1`, [
      candidate.signalId,
      ...Object.values(columns),
    ]);
  }
  return candidate;
}

const USDC = permitFor().mintIn;
const EXIT_AMOUNTS = {
  amountIn: '1360000000',
  quotedOut: '201400000',
  minAmountOut: '199000000',
} as const;

/** An entry that landed and an exit that closed it with a profit of 1.25 USDC. */
export async function aClosedTrade(
  pool: LedgerPool,
  change: Partial<Candidate>,
): Promise<Candidate> {
  const candidate = await aTradeRow(pool, change, {
    stage: 'closed',
    opinion: JSON.stringify(anOpinion()),
    conviction: 0.82,
    expected_value_bps: 14.25,
    risk_score: 0.4,
    notional: '200000000',
    realised_pnl: '1250000',
    exit_reason: 'take-profit',
    reasons: ['19 of 32 nearest states rose'],
  });
  const { signalId, runId, market, marketTimeMs } = candidate;
  for (const leg of ['entry', 'exit'] as const) {
    const isEntry = leg === 'entry';
    const permitId = permitIdOf(signalId, leg, 1);
    const side = isEntry ? 'buy' : 'sell';
    await pool.query(
      `insert into permits (permit_id, signal_id, run_id, leg, attempt, market, side, signal, p, m,
         notional, risk_score, status, signature, valid_until_ms, valid_until_height,
         executor_epoch, halt_epoch, received_ns, published_ns, read_ns, wire_ns)
       values ($1, $2, $3, $4, 1, $5, $6, $7, 'p', 'm', $8, 0.4, 'landed', $9, 1, 1, 1, 0,
         1000000, 9000000, 9200000, 9287400)`,
      [
        ...[permitId, signalId, runId, leg, market, side],
        JSON.stringify(aSignalWire({ leg, side, ...(isEntry ? {} : EXIT_AMOUNTS) })),
        isEntry ? '200000000' : '0',
        `signature-${permitId}`,
      ],
    );
    const fill = {
      permitId,
      market,
      side,
      amountIn: isEntry ? '200000000' : '1360000000',
      amountOut: isEntry ? '1360000000' : '201300000',
      fee: '5000',
      tip: '1000',
      rent: '0',
    };
    await pool.query(
      `insert into settlements (permit_id, kind, signature, slot, fill, costs)
       values ($1, 'landed', $2, 77, $3, 25000)`,
      [permitId, `signature-${permitId}`, JSON.stringify(fill)],
    );
    await pool.query(
      `insert into ledger_entries (signature, asset, amount, run_id, permit_id)
       values ($1, 'SOL', -6000, $2, $3), ($1, $4, $5, $2, $3)`,
      [...[`signature-${permitId}`, runId, permitId, USDC], isEntry ? '-200000000' : '201300000'],
    );
  }
  await pool.query(
    `insert into positions (signal_id, run_id, market, status, quantity, cost, costs_paid, proceeds,
       exits, opened_market_ms, closed_market_ms, exit_reason, closed_at)
     values ($1, $2, $3, 'closed', 1360000000, 200000000, 25000, 201300000,
       '{"stopLoss": 120, "takeProfit": 90, "timeExitMs": 3600000}', $4, $4::bigint + 600000,
       'take-profit', now())`,
    [signalId, runId, market, marketTimeMs],
  );
  await pool.query(
    `insert into outcomes (signal_id, run_id, market, exit_reason, realised_pnl, return_bps, hold_ms,
       exploring, closed_market_ms)
     values ($1, $2, $3, 'take-profit', 1250000, 62.5, 600000, false, $4)`,
    [signalId, runId, market, marketTimeMs + 600_000],
  );
  return candidate;
}
