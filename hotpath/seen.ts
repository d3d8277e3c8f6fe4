import type { ExecutionReport, RefusalReason } from '../domain/execution/execution-report.ts';
import type { Permit } from '../domain/risk/permit.ts';
import type { PermitId } from '../domain/shared/ids.ts';

export type Becoming = {
  readonly kind: ExecutionReport['kind'] | 'reading';
  readonly reason?: RefusalReason;
  readonly signature?: string;
  readonly lastValidHeight?: number;
};

/** Of this host: a wall clock can jump there and back, so nothing is forgotten by it. */
export type SeenTimes = { readonly wallMs: number; readonly monotonicMs: number };
export type Admission = 'new' | 'copy' | 'too-late' | 'full';

export type Seen = {
  /** Puts the id in before anything else is asked; only `new` may go on. */
  admit(permit: Permit, now: SeenTimes): Admission;
  conclude(id: PermitId, what: Becoming): void;
  whatBecameOf(id: PermitId): Becoming | undefined;
  forgetBefore(monotonicMs: number): void;
  readonly size: number;
};

/** An id is kept at least this long after its permit's end; a copy read later is only acknowledged. */
export const KEPT_AFTER_END_MS = 60_000;
const IDS_MAX = 100_000;

/** The permits of this life of the executor. The first outcome of an id is its only one. */
export function createSeen(idsMax: number = IDS_MAX): Seen {
  const ids = new Map<PermitId, { readonly keptUntilMs: number; what: Becoming }>();
  return {
    admit(permit, { wallMs, monotonicMs }) {
      if (ids.has(permit.id)) return 'copy';
      const leftMs = permit.validUntilMs - wallMs;
      if (leftMs < -KEPT_AFTER_END_MS) return 'too-late';
      if (ids.size >= idsMax) return 'full';
      const keptUntilMs = monotonicMs + Math.max(0, leftMs) + KEPT_AFTER_END_MS;
      ids.set(permit.id, { keptUntilMs, what: { kind: 'reading' } });
      return 'new';
    },
    conclude(id, what) {
      const entry = ids.get(id);
      if (entry) entry.what = what;
    },
    whatBecameOf: (id) => ids.get(id)?.what,
    forgetBefore(monotonicMs) {
      for (const [id, { keptUntilMs }] of ids) {
        if (monotonicMs > keptUntilMs) ids.delete(id);
      }
    },
    get size() {
      return ids.size;
    },
  };
}
