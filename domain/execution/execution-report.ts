import type { PermitId } from '../shared/ids.ts';

export type RefusalReason =
  | 'halted'
  | 'old-epoch'
  | 'expired'
  | 'over-cap'
  | 'over-rate'
  | 'over-in-flight'
  | 'repeated'
  | 'stale-chain'
  | 'worse-price'
  | 'no-template'
  | 'rate-limited'
  | 'congested'
  | 'lease-ended'
  | 'journal-fault';

/** What the hot path did with a permit. Times ending in `Ns` are the host's monotonic clock, decimal. */
export type ExecutionReport = {
  readonly permitId: PermitId;
  readonly kind: 'submitted' | 'refused' | 'uncertain';
  readonly executorEpoch: number;
  readonly reason?: RefusalReason;
  /** Base58; present when submitted, and when uncertain if the journal has it. */
  readonly signature?: string;
  readonly lastValidHeight?: number;
  /** Echo of the stream entry's `t`: when the approver called XADD. */
  readonly publishedNs?: string;
  readonly readNs?: string;
  /** When the last `write()` had returned. */
  readonly wireNs?: string;
  readonly reportedAtMs: number;
};
