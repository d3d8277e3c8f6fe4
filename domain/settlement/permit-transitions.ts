import type { ExecutionReport } from '../execution/execution-report.ts';
import type { PermitStatus, TrackedPermit } from './settlement-ledger.ts';
import type { Settlement } from './settlement.ts';

export type PermitState = {
  readonly status: PermitStatus;
  readonly signature: TrackedPermit['signature'];
};

/** `conflict`: two stores contradict each other, and money may be at stake; nothing is changed. */
export type Transition =
  | {
      readonly status: PermitStatus;
      readonly signature: string | undefined;
      /** Only the report that refuses it frees its reservation, and none that comes after. */
      readonly frees: boolean;
    }
  | { readonly conflict: string };

/** Only what is still open changes, and what is known to be on its way is never unsaid. */
export function afterReport(known: PermitState, report: ExecutionReport): Transition {
  if (
    known.signature !== undefined &&
    report.signature !== undefined &&
    known.signature !== report.signature
  ) {
    return { conflict: `signature ${report.signature}, known as ${known.signature}` };
  }
  // Its reservation is gone. What is on the chain all the same must be seen, not filed away.
  if (known.status === 'refused' && report.kind === 'submitted') {
    return { conflict: 'submitted, yet refused' };
  }
  const status = statusAfter(known, report);
  const signature = known.signature ?? report.signature;
  return { status, signature, frees: status === 'refused' && known.status !== 'refused' };
}

function statusAfter({ status, signature }: PermitState, report: ExecutionReport): PermitStatus {
  switch (status) {
    case 'issued':
      return report.kind;
    case 'uncertain':
      // An executor that never signed may be heard after the one that restarted in its place.
      if (report.kind === 'refused' && signature !== undefined) return status;
      return report.kind;
    default:
      return status;
  }
}

/** Why a settlement cannot be this permit's; undefined where it can. */
export function settlementConflict(
  { status, signature }: PermitState,
  settlement: Settlement,
): string | undefined {
  if (status === 'refused') return `${settlement.kind}, yet refused`;
  if (signature === undefined || signature === settlement.signature) return undefined;
  return `signature ${settlement.signature}, known as ${signature}`;
}
