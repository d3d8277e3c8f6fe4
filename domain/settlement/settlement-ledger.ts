import type { Signal } from '../decision/signal.ts';
import type { ExecutionReport } from '../execution/execution-report.ts';
import type { PermitFields } from '../risk/permit.ts';
import type { Leg, MarketId, PermitId, SignalId } from '../shared/ids.ts';
import type { Settlement } from './settlement.ts';

export type PermitStatus =
  'issued' | 'submitted' | 'uncertain' | 'refused' | 'landed' | 'failed' | 'expired';

/** A permit as far as the ledger knows what became of it. */
export type TrackedPermit = {
  readonly permit: PermitFields;
  readonly signal: Signal;
  readonly status: PermitStatus;
  readonly signature: string | undefined;
  /** Known with the signature. */
  readonly lastValidHeight: number | undefined;
  readonly hasReport: boolean;
};

/** What a report changed, and whom it concerns. */
export type RecordedReport = {
  readonly permitId: PermitId;
  readonly signalId: SignalId;
  readonly market: MarketId;
  readonly leg: Leg;
  readonly status: PermitStatus;
  /** False when an earlier report or settlement had said it already. */
  readonly changed: boolean;
};

export type SettlementLedger = {
  /** Only those that the ledger has. */
  readTracked(permitIds: readonly PermitId[]): Promise<readonly TrackedPermit[]>;
  readSettlement(permitId: PermitId): Promise<Settlement | undefined>;
  /** Signatures of this wallet that belong to permits or housekeeping already. */
  readKnownSignatures(signatures: readonly string[]): Promise<ReadonlySet<string>>;
  /** A refusal frees the reservation once; it never overwrites a submission or a known signature. */
  recordReport(report: ExecutionReport): Promise<RecordedReport | undefined>;
  /** One transaction for everything that follows from it. Repeats answer with what is stored. */
  recordSettlement(settlement: Settlement, tracked: TrackedPermit): Promise<Settlement>;
};
