import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { storeReconciliation } from '../../adapters/ledger/reconciliation-ledger.ts';
import { recordPause } from '../../adapters/ledger/reduce-only.ts';
import { loadMarkets } from '../../config/markets.ts';
import { permitIdOf } from '../../domain/shared/ids.ts';
import { aClosedTrade, aTradeRow } from './trade-ledger.ts';
import { anOpinion, aSignalWire } from './trade-wires.ts';

const USDC = loadMarkets()[0]?.quote.mint ?? '';
const RUN = 'r1';
const MARKET = 'SOL-USDC';
const T = 1_746_316_800_000;

/**
 * A run that has traded: a gain, a loss, what risk refused, what the brain declined, what is held, a
 * permit that waits for its report, outcomes of states, and a model that was asked.
 */
export async function anObservedRun(pool: LedgerPool): Promise<void> {
  await aClosedTrade(pool, aMoment(0));
  await aLoss(pool, 1);
  await aTradeRow(pool, aMoment(2), {
    stage: 'refused',
    breaches: JSON.stringify([
      { rule: 'cool-down', limit: '300000', actual: '60000' },
      { rule: 'notional', limit: '500', actual: '501' },
    ]),
    ...decided({ conviction: 0.4 }),
  });
  await aTradeRow(pool, aMoment(3), {
    stage: 'declined',
    reasons: ['expected value −3 bps'],
    ...decided({ direction: 'down', probability: 0.25, conviction: 0.3 }),
    decision_inputs: JSON.stringify({ consultation: aVeto }),
  });
  await aTradeRow(pool, aMoment(4), { stage: 'declined', reasons: ['brain-silent'] });
  await aHeldPosition(pool, 5);
  await someOutcomes(pool);
  const entries = [
    ['a', 'SOL', '-500000000'],
    ['a', USDC, '-1000000'],
  ] as const;
  for (const [signature, asset, amount] of entries) {
    await pool.query(
      `insert into ledger_entries (signature, asset, amount, run_id, intent_id)
       values ($1, $2, $3, $4, 'test')`,
      [signature, asset, amount, RUN],
    );
  }
  await storeReconciliation(pool, RUN, {
    ...{ slot: 9, differences: [] },
    ...{ settlementSum: new Map(), walletDelta: new Map() },
  });
  await recordPause(pool, 'BTC-USDC', 'a look at it');
}

/** What the wallet held at first. A worker that reconciles would find that no chain knows of it. */
export async function aBaseline(pool: LedgerPool): Promise<void> {
  await pool.query(`update runs set baseline = $1 where run_id = $2`, [
    JSON.stringify({ SOL: '10000000000', [USDC]: '10000000000' }),
    RUN,
  ]);
}

const aVeto = {
  answered: true,
  by: 'primary',
  model: 'm',
  advice: { verdict: 'veto', reasons: [], confidence: 60 },
  costMicroUsd: 1_200,
};

const aMoment = (minute: number) => ({
  signalId: `${RUN}-${MARKET}-momentum-${T + minute * 60_000}`,
  runId: RUN,
  market: MARKET,
  marketTimeMs: T + minute * 60_000,
});

type OpinionChange = Partial<ReturnType<typeof anOpinion>>;

const decided = (change: OpinionChange) => ({
  opinion: JSON.stringify(anOpinion(change)),
  conviction: change.conviction ?? anOpinion().conviction,
  decision: JSON.stringify({ trade: false, reasons: [] }),
});

async function aLoss(pool: LedgerPool, minute: number): Promise<void> {
  const { signalId, marketTimeMs } = await aClosedTrade(pool, aMoment(minute));
  await pool.query(`update trades set realised_pnl = -3000000 where signal_id = $1`, [signalId]);
  await pool.query(
    `update outcomes set realised_pnl = -3000000, return_bps = -150, exit_reason = 'stop-loss',
      closed_market_ms = $2 where signal_id = $1`,
    [signalId, marketTimeMs + 600_000],
  );
}

/** Its entry is settled; its exit is on its way, and nobody has reported on it. */
async function aHeldPosition(pool: LedgerPool, minute: number): Promise<void> {
  const { signalId } = await aTradeRow(pool, aMoment(minute), {
    stage: 'managing',
    notional: '200000000',
    ...decided({ probability: 0.7 }),
  });
  await pool.query(
    `insert into positions (signal_id, run_id, market, status, quantity, cost, costs_paid, exits,
       opened_market_ms) values ($1, $2, $3, 'open', 1360000000, 200000000, 25000, '{}', $4)`,
    [signalId, RUN, MARKET, T],
  );
  await pool.query(
    `insert into permits (permit_id, signal_id, run_id, leg, attempt, market, side, signal, p, m,
       notional, risk_score, status, valid_until_ms, valid_until_height, executor_epoch, halt_epoch,
       received_ns) values ($1, $2, $3, 'exit', 1, $4, 'sell', $5, 'p', 'm', 0, 0.8, 'issued',
       9999999999999, 1, 1, 0, 1)`,
    [permitIdOf(signalId, 'exit', 1), signalId, RUN, MARKET, JSON.stringify(aSignalWire({}))],
  );
  await pool.query(
    `insert into exposure (scope, reserved, spent) values ($1, 0, 200000000)
     on conflict (scope) do update set spent = excluded.spent`,
    [MARKET],
  );
}

/** Of the four opinions above: two said up and rose, one said up and fell, one said down and fell. */
async function someOutcomes(pool: LedgerPool): Promise<void> {
  const outcomes = [12, 8, -4, -20] as const;
  for (const [minute, bps] of outcomes.entries()) {
    await pool.query(
      `insert into market_states (run_id, market, market_time_ms, feature_version, close, features,
         outcome_bps, resolved_market_ms) values ($1, $2, $3, 'state_v1', '147', '{1}', $4, $5)`,
      [RUN, MARKET, T + minute * 60_000, bps, T + (minute + 5) * 60_000],
    );
  }
}
