import type { Signal } from '../decision/signal.ts';
import type { MarketId } from '../shared/ids.ts';
import type { Permit, PermitFields } from './permit.ts';
import type { LedgerView, RiskLimits } from './risk-view.ts';
import type { Adjustment, Breach, Verdict } from './verdict.ts';

/** A permit as it travels: the canonical text and its MAC. */
export type SealedPermit = { readonly p: string; readonly m: string };

/** A permit as the ledger keeps it; what is published is always read from here. */
export type StoredPermit = SealedPermit & {
  /** Sequence in the outbox, a decimal string: it orders the permit stream. */
  readonly sequence: string;
  readonly permit: PermitFields;
  readonly signal: Signal;
  readonly riskScore: number;
  readonly adjustments: readonly Adjustment[];
};

export type Approval =
  | { readonly approved: true; readonly stored: StoredPermit }
  | { readonly approved: false; readonly breaches: readonly Breach[] };

export type ApprovalRequest = {
  readonly signal: Signal;
  readonly wallet: string;
  readonly quoteMint: string;
  readonly nowMs: number;
  readonly limits: RiskLimits;
  /** Pure and synchronous: it is called under the ledger's lock. */
  readonly judge: (view: LedgerView) => Verdict;
  readonly seal: (permit: Permit) => SealedPermit;
};

export type RiskLedger = {
  /**
   * One transaction: locks, reads, asks `judge`, reserves, inserts permit and outbox row. A permit
   * id that exists is answered with what is stored, and no rule is asked.
   */
  approve(request: ApprovalRequest): Promise<Approval>;
};

export type PermitBus = {
  /** Repeats are harmless: the executor takes an id once. */
  publish(stored: Pick<StoredPermit, 'sequence' | 'p' | 'm'>, wallet: string): Promise<void>;
};

/** Current block height, fed by a subscription; undefined before the first notification. */
export type ChainHeight = {
  current():
    { readonly height: number; readonly slotMs: number; readonly seenAtMs: number } | undefined;
};

/** The newest event of a market, and market time now. */
export type MarketView = {
  newest(
    market: MarketId,
  ):
    | { readonly price: string; readonly marketTimeMs: number; readonly intervalMs: number }
    | undefined;
  nowMs(): number | undefined;
};
