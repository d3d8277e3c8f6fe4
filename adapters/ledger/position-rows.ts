import type { PoolClient } from 'pg';
import type { ExitReason, Signal } from '../../domain/decision/signal.ts';
import type { Fill } from '../../domain/settlement/settlement.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { SignalId } from '../../domain/shared/ids.ts';

/** Every attempt of either leg, this one too: its settlement's row is written before. */
const COSTS = `(select coalesce(sum(s.costs), 0) from settlements s
  join permits p using (permit_id) where p.signal_id = $1)`;

export async function openPosition(
  client: PoolClient,
  { amountIn, amountOut }: Fill,
  { signalId, runId, market, exits, marketTimeMs }: Signal,
): Promise<void> {
  await client.query({
    name: 'position-open',
    text: `insert into positions
        (signal_id, run_id, market, status, quantity, cost, costs_paid, exits, opened_market_ms)
      values ($1, $2, $3, 'open', $4, $5, ${COSTS}, $6, $7)`,
    values: [
      signalId,
      runId,
      market,
      String(amountOut),
      String(amountIn),
      JSON.stringify(exits),
      Math.floor(marketTimeMs),
    ],
  });
}

/** An attempt that missed has paid its fee all the same. */
export async function payAttempt(client: PoolClient, signalId: SignalId): Promise<void> {
  await client.query({
    name: 'position-costs',
    text: `update positions set costs_paid = ${COSTS}
      where signal_id = $1 and costs_paid is distinct from ${COSTS}`,
    values: [signalId],
  });
}

/** Answers with the reason it was closed for. */
export async function closePosition(
  client: PoolClient,
  { amountIn, amountOut }: Fill,
  { signalId, marketTimeMs, exitReason }: Signal,
): Promise<ExitReason> {
  // By quantity, too: an exit that sold another amount than is held must fail, not be rounded away.
  const { rows } = await client.query<{ exit_reason: ExitReason }>({
    name: 'position-close',
    text: `update positions set status = 'closed', proceeds = $3, costs_paid = ${COSTS},
        closed_market_ms = greatest(opened_market_ms, $4), closed_at = now(),
        exit_reason = coalesce($5, exit_reason, 'operator')
      where signal_id = $1 and status <> 'closed' and quantity = $2
      returning exit_reason`,
    values: [
      signalId,
      String(amountIn),
      String(amountOut),
      Math.floor(marketTimeMs),
      exitReason ?? null,
    ],
  });
  if (rows[0]) return rows[0].exit_reason;
  const fault = `${signalId}: no open position of ${amountIn}`;
  throw new OvermindError('ledger/conflict', { operation: 'close position', fault });
}
