import type { ExecutionReport } from '../../domain/execution/execution-report.ts';
import type { Market } from '../../domain/market/market.ts';
import { encodePermit } from '../../domain/risk/permit-codec.ts';
import type { PermitFields } from '../../domain/risk/permit.ts';
import type { ChainTransaction } from '../../domain/settlement/chain-reader.ts';
import { settlementOf } from '../../domain/settlement/settlement-of.ts';
import type { Settlement } from '../../domain/settlement/settlement.ts';
import { permitIdOf, type Leg } from '../../domain/shared/ids.ts';
import { lamports } from '../../domain/shared/units.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { createRiskLedger } from '../../adapters/ledger/postgres-risk-ledger.ts';
import { createTradeRecords } from '../../adapters/ledger/trade-records.ts';
import { createApprovalActivities, type ApprovalDeps } from '../../activities/approval.ts';
import { loadMarkets } from '../../config/markets.ts';
import { riskLimitsOf } from '../../workers/trading/settings.ts';
import { loadConfig } from '../../config/config.ts';
import { aCandidate, aSignalWire, anOpinion } from './trade-wires.ts';
import { permitFor } from './permits.ts';
import { UNSEALED } from './unsealed.ts';

export const RUN = 'r1';
export const aWallet = permitFor().wallet;

/** 10 SOL and 100,000 USDC. */
const BASELINE = { SOL: '10000000000', [permitFor().mintIn]: '100000000000' };

/** A run with money and an executor that holds its lease: what an approval asks of the ledger. */
export async function openRun(pool: LedgerPool, wallet = aWallet): Promise<void> {
  await pool.query(
    `insert into runs (run_id, feed, mode, wallet, baseline, state)
      values ($1, '{}', 'paper', $2, $3, 'running')`,
    [RUN, wallet, JSON.stringify(BASELINE)],
  );
  await pool.query('update control set executor_epoch = 1');
  await pool.query(`insert into executor_lease values ($1, 1, 'test', now() + interval '1 hour')`, [
    wallet,
  ]);
}

/** The run stays, everything it did goes. */
export async function resetLedger(pool: LedgerPool): Promise<void> {
  await pool.query('truncate trades, ledger_entries, housekeeping_intents cascade');
  await pool.query('update exposure set reserved = 0, spent = 0');
}

/** Candidate, opinion and row of a trade of its own market time. */
export async function beginTrade(
  pool: LedgerPool,
  n: number,
  market = 'SOL-USDC',
): Promise<ReturnType<typeof aCandidate>> {
  const marketTimeMs = aCandidate().marketTimeMs + n;
  const signalId = `${RUN}-${market}-breakout-${marketTimeMs}`;
  const candidate = aCandidate({ signalId, market, marketTimeMs });
  await createTradeRecords(pool, UNSEALED).recordAnalysed({
    candidate,
    workflowId: `trade/${market}/${signalId}`,
    opinion: anOpinion(),
  });
  return candidate;
}

type ApproverOptions = {
  readonly exposureUsdMax?: string;
  readonly positionsMax?: string;
  readonly wallet?: string;
  readonly height?: number;
  /** Other limits, as the environment names them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Real parts instead of those that drop and stand still. */
  readonly parts?: Partial<ApprovalDeps>;
};

/** The real approval over the real ledger; what it would tell of the leg's end is dropped. */
export function anApprover(
  pool: LedgerPool,
  markets: readonly Market[] = loadMarkets(['SOL-USDC']),
  options: ApproverOptions = {},
) {
  const { exposureUsdMax = '2000', positionsMax = '5', wallet = aWallet, height = 1_000 } = options;
  const limits = riskLimitsOf(
    loadConfig({
      OVERMIND_RISK_EXPOSURE_USD_MAX: exposureUsdMax,
      OVERMIND_RISK_OPEN_POSITIONS_MAX: positionsMax,
      OVERMIND_RISK_POSITION_SHARE_BPS_MAX: '10000',
      OVERMIND_RISK_COOL_DOWN_MS: '0',
      ...options.settings,
    }),
  );
  const deps: ApprovalDeps = {
    ledger: createRiskLedger(pool),
    permits: { publish: async () => undefined },
    legEnds: { publish: async () => undefined },
    height: { current: () => ({ height, slotMs: 400, seenAtMs: Date.now() }) },
    marketView: {
      newest: () => ({
        price: '146.74',
        marketTimeMs: aCandidate().marketTimeMs,
        intervalMs: 60_000,
      }),
      nowMs: () => aCandidate().marketTimeMs,
    },
    nowMs: Date.now,
    seal: (permit) => ({ p: encodePermit(permit), m: '0'.repeat(64) }),
    wallet,
    markets: new Map(markets.map((market) => [market.id, market])),
    limits,
    execution: {
      feeMax: lamports(50_000n),
      tipMax: lamports(20_000n),
      entryLifeMs: 2_000,
      exitLifeMs: 5_000,
    },
    ...options.parts,
  };
  return createApprovalActivities(deps).approve;
}

export const entryOf = (candidate: ReturnType<typeof aCandidate>) =>
  aSignalWire({
    signalId: candidate.signalId,
    market: candidate.market,
    marketTimeMs: candidate.marketTimeMs,
    lastEventMs: candidate.marketTimeMs,
  });

export function reportOf(
  signalId: string,
  leg: Leg,
  change: Partial<ExecutionReport> & { readonly attempt?: number } = {},
): ExecutionReport {
  const { attempt = 1, ...rest } = change;
  const permitId = permitIdOf(signalId, leg, attempt);
  return {
    permitId,
    kind: 'submitted',
    executorEpoch: 1,
    signature: `signature of ${permitId}`,
    lastValidHeight: 1_150,
    publishedNs: '1020000000',
    readNs: '1020310000',
    wireNs: '1020458000',
    reportedAtMs: 1_760_000_000_300,
    ...rest,
  };
}

export function refusalOf(signalId: string, leg: Leg, attempt = 1): ExecutionReport {
  const { permitId, executorEpoch, reportedAtMs } = reportOf(signalId, leg, { attempt });
  return { permitId, executorEpoch, reportedAtMs, kind: 'refused', reason: 'worse-price' };
}

/** What the chain would show of the permit: 20,000 lamports in all, 8,000 of them the fee. */
export function transactionOf(
  permit: PermitFields,
  amountOut: bigint,
  change: Partial<ChainTransaction> = {},
): ChainTransaction {
  return {
    signature: `signature of ${permit.id}`,
    slot: 1_205,
    feeLamports: lamports(8_000n),
    deltas: [
      { asset: 'SOL', amount: -20_000n },
      { asset: permit.mintIn, amount: 0n - permit.amountIn },
      { asset: permit.mintOut, amount: amountOut },
    ],
    payments: [],
    ...change,
  };
}

export const landingOf = (permit: PermitFields, amountOut: bigint): Settlement =>
  settlementOf(permit, transactionOf(permit, amountOut));

export const failureOf = (permit: PermitFields): Settlement =>
  settlementOf(
    permit,
    transactionOf(permit, 0n, {
      error: '{"InstructionError":[2,{"Custom":6005}]}',
      deltas: [{ asset: 'SOL', amount: -8_000n }],
    }),
  );
