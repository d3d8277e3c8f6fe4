import { executedStatus, isProvenDead, type ChainView } from '../settlement/proof-of-end.ts';
import type { PermitId } from '../shared/ids.ts';
import type { LivePermit } from './halt-view.ts';

/** Something signed, or maybe signed, before the halt. */
export type Landable = {
  readonly permitId: PermitId;
  /** Undefined where only an executor that is gone could know it. */
  readonly signature?: string;
  readonly lastValidHeight?: number;
};

/** How it ended: on chain, never, or settled in the ledger. */
export type LandableEnd = 'landed' | 'failed' | 'dead' | 'settled';

/** What the executor's journal says, where the executor answers. */
export type JournalView = {
  readonly permits: readonly {
    readonly id: PermitId;
    readonly signature: string;
    readonly lastValidHeight: number;
  }[];
};

/**
 * What could still land after FENCED, by all that is known. Everything signed is in the journal: so
 * where the executor answers, a permit that was issued and never reported was not signed at all,
 * and will be refused.
 */
export function listLandable(
  journal: JournalView | undefined,
  live: readonly LivePermit[] | undefined,
): readonly Landable[] {
  const found = new Map<PermitId, Landable>();
  for (const { permitId, status, signature, lastValidHeight } of live ?? []) {
    if (journal && status === 'issued') continue;
    found.set(permitId, {
      permitId,
      ...(signature === undefined ? {} : { signature }),
      ...(lastValidHeight === undefined ? {} : { lastValidHeight }),
    });
  }
  for (const { id, signature, lastValidHeight } of journal?.permits ?? []) {
    found.set(id, { permitId: id, signature, lastValidHeight });
  }
  return [...found.values()];
}

/** The proven end by the chain alone, final and by every origin's word. Undefined: none yet. */
export function chainEndOf(
  { signature, lastValidHeight }: Landable,
  view: ChainView,
): LandableEnd | undefined {
  if (signature === undefined || lastValidHeight === undefined) return undefined;
  const status = executedStatus(signature, view.statuses, 'finalized');
  if (status) return status.error === undefined ? 'landed' : 'failed';
  return isProvenDead(signature, lastValidHeight, view) ? 'dead' : undefined;
}
