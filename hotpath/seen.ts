import type { ExecutionReport, RefusalReason } from '../domain/execution/execution-report.ts';
import type { Permit } from '../domain/risk/permit.ts';
import type { PermitId } from '../domain/shared/ids.ts';

export type Becoming = {
  readonly kind: ExecutionReport['kind'] | 'reading';
  readonly reason?: RefusalReason;
  readonly signature?: string;
  readonly lastValidHeight?: number;
};

export type Admission = 'new' | 'copy' | 'too-late' | 'full';

export type Seen = {
  /** Puts the id in before anything else is asked; only `new` may go on. */
  admit(permit: Permit, nowMs: number): Admission;
  conclude(id: PermitId, what: Becoming): void;
  whatBecameOf(id: PermitId): Becoming | undefined;
  forgetBefore(nowMs: number): void;
  readonly size: number;
};

/** An id is kept at least this long after its permit's end; a copy read later is only acknowledged. */
export const KEPT_AFTER_END_MS = 60_000;
const IDS_MAX = 100_000;

/** The permits of this life of the executor. The first outcome of an id is its only one. */
export function createSeen(idsMax: number = IDS_MAX): Seen {
  const ids = new Map<PermitId, { readonly validUntilMs: number; what: Becoming }>();
  return {
    admit(permit, nowMs) {
      if (ids.has(permit.id)) return 'copy';
      if (nowMs > permit.validUntilMs + KEPT_AFTER_END_MS) return 'too-late';
      if (ids.size >= idsMax) return 'full';
      ids.set(permit.id, { validUntilMs: permit.validUntilMs, what: { kind: 'reading' } });
      return 'new';
    },
    conclude(id, what) {
      const entry = ids.get(id);
      if (entry) entry.what = what;
    },
    whatBecameOf: (id) => ids.get(id)?.what,
    forgetBefore(nowMs) {
      for (const [id, { validUntilMs }] of ids) {
        if (nowMs > validUntilMs + KEPT_AFTER_END_MS) ids.delete(id);
      }
    },
    get size() {
      return ids.size;
    },
  };
}
