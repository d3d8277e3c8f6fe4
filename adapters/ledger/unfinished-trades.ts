import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Signal } from '../../domain/decision/signal.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import { decodePermit } from '../../domain/risk/permit-codec.ts';
import type { Permit } from '../../domain/risk/permit.ts';
import { permitToWire, type Adjustment } from '../../domain/risk/verdict.ts';
import type { PermitStatus } from '../../domain/settlement/settlement-ledger.ts';
import { settlementToWire, type Settlement } from '../../domain/settlement/settlement.ts';
import type { MarketId, PermitId, RunId, SignalId } from '../../domain/shared/ids.ts';
import type { Wire } from '../../domain/shared/wire.ts';
import { queryRows, type LedgerPool } from './connect.ts';
import { readSettlementRow } from './settlement-rows.ts';

export type UnfinishedRef = { readonly market: MarketId; readonly signalId: SignalId };

export type UnfinishedLeg = {
  readonly signal: Wire<Signal>;
  readonly permit: Wire<Permit>;
  readonly status: PermitStatus;
  readonly riskScore: number;
  readonly adjustments: readonly Adjustment[];
  readonly settlement?: Wire<Settlement>;
};

export type UnfinishedRow = {
  readonly candidate: Candidate;
  readonly opinion?: Opinion;
  readonly reasons: readonly string[];
  readonly legs: readonly UnfinishedLeg[];
};

/** A position that is held, or a permit without a proven end: somebody must carry it on. */
const UNFINISHED = `t.run_id = $1 and (
    exists (select 1 from positions p where p.signal_id = t.signal_id and p.status <> 'closed')
    or exists (select 1 from permits p where p.signal_id = t.signal_id
      and p.status in ('issued', 'submitted', 'uncertain')))`;

export function listUnfinishedTrades(
  pool: LedgerPool,
  runId: RunId,
): Promise<readonly UnfinishedRef[]> {
  return queryRows<UnfinishedRef>(pool, 'list unfinished trades', {
    text: `select market, signal_id as "signalId" from trades t where ${UNFINISHED}
      order by market_time_ms`,
    values: [runId],
  });
}

type TradeRow = {
  readonly candidate: Candidate;
  readonly opinion: Opinion | null;
  readonly reasons: readonly string[];
};
type LegRow = {
  readonly permit_id: PermitId;
  readonly signal: Wire<Signal>;
  readonly p: string;
  readonly status: PermitStatus;
  readonly risk_score: number;
  readonly adjustments: readonly Adjustment[];
};

/** Undefined where it has come to its end meanwhile. */
export async function readUnfinishedTrade(
  pool: LedgerPool,
  runId: RunId,
  signalId: SignalId,
): Promise<UnfinishedRow | undefined> {
  const [trade] = await queryRows<TradeRow>(pool, 'read unfinished trade', {
    text: `select candidate, opinion, reasons from trades t where ${UNFINISHED} and signal_id = $2`,
    values: [runId, signalId],
  });
  if (!trade) return undefined;
  const rows = await queryRows<LegRow>(pool, 'read legs', {
    text: `select permit_id, signal, p, status, risk_score, adjustments from permits
      where signal_id = $1 order by created_at, attempt`,
    values: [signalId],
  });
  const legs: UnfinishedLeg[] = [];
  for (const {
    permit_id: permitId,
    signal,
    p,
    status,
    risk_score: riskScore,
    adjustments,
  } of rows) {
    const settlement = await readSettlementRow(pool, permitId);
    legs.push({
      signal,
      permit: permitToWire(decodePermit(p)),
      status,
      riskScore,
      adjustments,
      ...(settlement ? { settlement: settlementToWire(settlement) } : {}),
    });
  }
  const { candidate, opinion, reasons } = trade;
  return { candidate, ...(opinion === null ? {} : { opinion }), reasons, legs };
}
