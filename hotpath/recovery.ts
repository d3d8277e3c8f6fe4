import type { PermitEntry } from './read-permit.ts';
import { readPermit, type PermitAuthenticator } from './read-permit.ts';
import type { JournalIndex, SignedPermit } from './journal-index.ts';
import type { Reports } from './reports.ts';
import { KEPT_AFTER_END_MS, type Seen, type SeenTimes } from './seen.ts';

export type RecoveryDeps = {
  readonly readPending: (afterId: string) => Promise<readonly PermitEntry[]>;
  readonly mac: PermitAuthenticator;
  readonly index: JournalIndex;
  readonly seen: Seen;
  readonly reports: Pick<Reports, 'report' | 'announce' | 'acknowledge'>;
  readonly executorEpoch: number;
  readonly clock: () => SeenTimes;
};

/**
 * Before the first new read: what an earlier life took or signed is reported as uncertain, once,
 * and never executed here. Only settlement frees it.
 */
export async function reportEarlierLife(deps: RecoveryDeps): Promise<number> {
  const { readPending, mac, index, seen, reports, executorEpoch, clock } = deps;
  const reported = new Set<string>();
  const uncertain = (id: string, known: SignedPermit | undefined) => ({
    permitId: id,
    kind: 'uncertain' as const,
    executorEpoch,
    ...(known ? { signature: known.signature, lastValidHeight: known.lastValidHeight } : {}),
    reportedAtMs: clock().wallMs,
  });

  for (let after = '0'; ;) {
    const entries = await readPending(after);
    for (const entry of entries) {
      after = entry.entryId;
      const permit = readPermit(entry, mac);
      if (permit === 'bad-mac' || permit === 'unreadable') {
        reports.acknowledge(entry.entryId);
        continue;
      }
      // Two copies of one permit may be pending; both are acknowledged, one is reported.
      if (seen.admit(permit, clock()) !== 'new') {
        reports.acknowledge(entry.entryId);
        continue;
      }
      const known = index.find(permit.id);
      const report = uncertain(permit.id, known);
      seen.conclude(permit.id, report);
      reports.report(report, entry.entryId);
      reported.add(permit.id);
    }
    if (entries.length === 0) break;
  }

  for (const known of index.unexpired(clock().wallMs - KEPT_AFTER_END_MS)) {
    if (reported.has(known.id)) continue;
    reports.announce(uncertain(known.id, known));
    reported.add(known.id);
  }
  return reported.size;
}
