import type { Signal } from '../../../domain/decision/signal.ts';
import type { ExecutionReport } from '../../../domain/execution/execution-report.ts';
import type { PermitFields } from '../../../domain/risk/permit.ts';
import type { Approval, ApprovalRequest } from '../../../domain/risk/risk-ledger.ts';
import type { LedgerView } from '../../../domain/risk/risk-view.ts';
import { afterReport, settlementConflict } from '../../../domain/settlement/permit-transitions.ts';
import type {
  PermitStatus,
  RecordedReport,
  TrackedPermit,
} from '../../../domain/settlement/settlement-ledger.ts';
import type { Settlement } from '../../../domain/settlement/settlement.ts';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { permitIdOf, type PermitId, type SignalId } from '../../../domain/shared/ids.ts';
import { quoteUnits, tokenUnits } from '../../../domain/shared/units.ts';

export type PermitRow = {
  readonly permit: PermitFields;
  readonly signal: Signal;
  readonly p: string;
  readonly m: string;
  readonly sequence: number;
  readonly createdMs: number;
  readonly notional: bigint;
  status: PermitStatus;
  signature: string | undefined;
  lastValidHeight: number | undefined;
  hasReport: boolean;
  settlement: Settlement | undefined;
};

type Position = {
  readonly signalId: SignalId;
  readonly market: string;
  readonly quantity: bigint;
  readonly cost: bigint;
  status: 'open' | 'exiting' | 'closed';
};

type Lease = { readonly epoch: number; expiresMs: number; fencedHaltEpoch: number };

/** What money there is at the beginning; the model has no losses that a rule could ask about. */
const LAMPORTS = 10_000_000_000n;
const QUOTE = quoteUnits(10_000_000_000n);

/**
 * Postgres, as far as the protocol asks it: each method is one transaction. The rules of the permit's
 * states are the product's own; the rest says in memory what the SQL says.
 */
export function createLedger(trueNowMs: () => number) {
  const permits = new Map<PermitId, PermitRow>();
  const positions = new Map<SignalId, Position>();
  const control = {
    executorEpoch: 0,
    haltEpoch: 0,
    halted: false,
    stopId: undefined as string | undefined,
    reason: undefined as string | undefined,
    flattenOf: undefined as number | undefined,
  };
  const stops = new Map<string, { resumed: boolean }>();
  const exposure = { reserved: 0n, spent: 0n };
  const booked = new Map<string, Settlement>();
  let lease: Lease | undefined;
  let sequence = 0;

  const rows = (): readonly PermitRow[] => [...permits.values()];
  const isLive = ({ status }: PermitRow): boolean =>
    status === 'issued' || status === 'submitted' || status === 'uncertain';
  const leaseHeld = (): Lease | undefined =>
    lease && lease.expiresMs > trueNowMs() ? lease : undefined;

  const viewOf = ({ signal, nowMs }: ApprovalRequest): LedgerView => {
    const leg = rows().filter(
      (row) => row.signal.signalId === signal.signalId && row.permit.leg === signal.leg,
    );
    const held = [...positions.values()].filter(({ status }) => status !== 'closed');
    return {
      ...control,
      reduceOnlyUntilMs: undefined,
      reduceOnlyBy: undefined,
      leaseEpoch: leaseHeld()?.epoch,
      runState: 'running',
      backlog: rows().filter((row) => row.status === 'issued' && row.permit.validUntilMs > nowMs)
        .length,
      committed: quoteUnits(exposure.reserved + exposure.spent),
      committedInMarket: quoteUnits(0n),
      positions: held.map(({ signalId, market, quantity, cost }) => ({
        signalId,
        market,
        quantity: tokenUnits(quantity),
        cost: quoteUnits(cost),
        costsPaid: quoteUnits(0n),
      })),
      liveEntries: rows()
        .filter((row) => row.permit.leg === 'entry' && isLive(row))
        .map(({ signal: { signalId, market }, notional }) => ({
          signalId,
          market,
          notional: quoteUnits(notional),
        })),
      livePermits: rows().filter(isLive).length,
      isSameMomentTaken: false,
      lastAttempt: Math.max(0, ...leg.map(({ permit }) => permit.attempt)),
      hasLiveAttempt: leg.some(isLive),
      hasLandedAttempt: leg.some(({ status }) => status === 'landed'),
      realisedToday: quoteUnits(0n),
      realisedInRun: quoteUnits(0n),
      lastExitMarketMs: undefined,
      lamports: LAMPORTS,
      quoteBalance: QUOTE,
    };
  };

  const store = (request: ApprovalRequest, permit: PermitFields, signal: Signal): PermitRow => {
    sequence += 1;
    const row: PermitRow = {
      ...request.seal(permit as Parameters<ApprovalRequest['seal']>[0]),
      permit,
      signal,
      sequence,
      createdMs: trueNowMs(),
      notional: signal.leg === 'entry' ? signal.notional : 0n,
      status: 'issued',
      signature: undefined,
      lastValidHeight: undefined,
      hasReport: false,
      settlement: undefined,
    };
    permits.set(permit.id, row);
    const position = positions.get(signal.signalId);
    if (signal.leg === 'exit' && position?.status === 'open') position.status = 'exiting';
    return row;
  };

  const find = (id: PermitId): PermitRow => {
    const row = permits.get(id);
    if (row) return row;
    throw new OvermindError('ledger/conflict', { operation: 'model', fault: `no permit ${id}` });
  };

  const conflict = (id: PermitId, fault: string): OvermindError =>
    new OvermindError('ledger/conflict', { operation: 'model', fault: `${id}: ${fault}` });

  return {
    away: false,
    control,
    exposure,
    positions,
    get lease() {
      return lease;
    },
    get rows() {
      return rows();
    },
    row: (id: PermitId) => permits.get(id),
    isLive,
    booked,

    approve(request: ApprovalRequest): { readonly approval: Approval; readonly isNew: boolean } {
      const { signalId, leg, attempt } = request.signal;
      const earlier = permits.get(permitIdOf(signalId, leg, attempt));
      if (earlier) return { approval: approved(earlier), isNew: false };
      const verdict = request.judge(viewOf(request));
      if (!verdict.approved) return { approval: verdict, isNew: false };
      const { signal, permit } = verdict;
      if (leg === 'entry') exposure.reserved += signal.notional;
      return { approval: approved(store(request, permit, signal)), isNew: true };
    },

    takeEpoch(take: {
      readonly leaseMs: number;
      readonly executorEpochMin: number;
      readonly haltEpochMin: number;
      readonly halt: { readonly stopId: string; readonly reason: string } | undefined;
    }) {
      control.executorEpoch = Math.max(control.executorEpoch, take.executorEpochMin) + 1;
      control.haltEpoch = Math.max(control.haltEpoch, take.haltEpochMin);
      if (take.halt) {
        if (!control.halted) Object.assign(control, { ...take.halt, halted: true });
        stops.set(take.halt.stopId, { resumed: false });
      }
      lease = {
        epoch: control.executorEpoch,
        expiresMs: trueNowMs() + take.leaseMs,
        fencedHaltEpoch: control.halted ? control.haltEpoch : 0,
      };
      return { ...control };
    },
    renewLease(epoch: number, leaseMs: number): boolean {
      if (lease?.epoch !== epoch) return false;
      lease.expiresMs = trueNowMs() + leaseMs;
      return true;
    },
    readControl: () => ({ ...control }),
    recordHalt(halt: { readonly stopId: string; readonly reason: string; haltEpoch: number }) {
      const known = stops.get(halt.stopId);
      if (known?.resumed) return;
      if (known && control.halted && control.haltEpoch >= halt.haltEpoch) return;
      const counted = known ? control.haltEpoch : control.haltEpoch + 1;
      const { stopId, reason } = halt;
      stops.set(stopId, { resumed: false });
      const haltEpoch = Math.max(halt.haltEpoch, counted);
      Object.assign(control, { halted: true, stopId, reason, haltEpoch, flattenOf: undefined });
    },
    acknowledgeHalt(epoch: number, haltEpoch: number): void {
      if (lease?.epoch === epoch) {
        lease.fencedHaltEpoch = Math.max(lease.fencedHaltEpoch, haltEpoch);
      }
    },
    resume(): void {
      for (const stop of stops.values()) stop.resumed = true;
      control.haltEpoch += 1;
      Object.assign(control, { halted: false, stopId: undefined, flattenOf: undefined });
    },

    readTracked: (ids: readonly PermitId[]): readonly TrackedPermit[] =>
      ids.flatMap((id) => {
        const row = permits.get(id);
        if (!row) return [];
        const { permit, signal, status, signature, lastValidHeight, hasReport } = row;
        return [{ permit, signal, status, signature, lastValidHeight, hasReport }];
      }),
    readSettlement: (id: PermitId) => permits.get(id)?.settlement,
    readKnownSignatures(signatures: readonly string[]): ReadonlySet<string> {
      const known = new Set(rows().flatMap(({ signature }) => signature ?? []));
      return new Set(signatures.filter((one) => known.has(one) || booked.has(one)));
    },
    /** True where it freed a reservation. */
    recordReport(report: ExecutionReport): { recorded: RecordedReport; freed: boolean } {
      const row = find(report.permitId);
      const after = afterReport(row, report);
      if ('conflict' in after) throw conflict(report.permitId, after.conflict);
      const changed = after.status !== row.status || after.signature !== row.signature;
      const freed = after.frees && row.permit.leg === 'entry';
      if (freed) exposure.reserved -= row.notional;
      row.status = after.status;
      row.signature = after.signature;
      row.lastValidHeight ??= report.lastValidHeight;
      row.hasReport = true;
      const { signalId, market, leg } = row.signal;
      const { status } = row;
      return {
        recorded: { permitId: report.permitId, signalId, market, leg, status, changed },
        freed,
      };
    },
    recordSettlement(settlement: Settlement): Settlement {
      const row = find(settlement.permitId);
      if (row.settlement) return row.settlement;
      const fault = settlementConflict(row, settlement);
      if (fault) throw conflict(settlement.permitId, fault);
      const { signature, kind, fill } = settlement;
      if (settlement.deltas.length > 0 && signature !== undefined) {
        if (booked.has(signature)) throw conflict(settlement.permitId, 'booked already');
        booked.set(signature, settlement);
      }
      const { signalId, market, leg } = row.signal;
      if (leg === 'entry') {
        exposure.reserved -= row.notional;
        if (kind === 'landed') exposure.spent += row.notional;
        if (fill) {
          const { amountOut, amountIn } = fill;
          const position = { signalId, market, quantity: amountOut, cost: amountIn };
          positions.set(signalId, { ...position, status: 'open' });
        }
      } else if (kind === 'landed') {
        const entry = rows().find(
          (one) => one.signal.signalId === signalId && one.permit.leg === 'entry' && one.settlement,
        );
        exposure.spent -= entry?.notional ?? 0n;
        const position = positions.get(signalId);
        if (position) position.status = 'closed';
      }
      row.settlement = settlement;
      row.status = kind;
      row.signature ??= signature;
      return settlement;
    },
    /** What the sweeper would publish again. */
    unreported: (wallNowMs: number): readonly PermitRow[] =>
      rows().filter(
        (row) => row.status === 'issued' && !row.hasReport && row.permit.validUntilMs > wallNowMs,
      ),
  };
}

export type Ledger = ReturnType<typeof createLedger>;

export const ledgerError = (): Error =>
  new OvermindError('ledger/unreachable', { operation: 'model', fault: 'away' });

function approved(row: PermitRow): Approval {
  const { p, m, permit, signal, sequence } = row;
  const stored = { p, m, permit, signal, riskScore: 0, adjustments: [] };
  return { approved: true, stored: { ...stored, sequence: String(sequence) } };
}
