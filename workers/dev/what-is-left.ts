import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { readRunCounts } from '../../adapters/ledger/run-counts.ts';
import type { RunId } from '../../domain/shared/ids.ts';

/** What keeps a run from being over, in words; undefined where nothing does. */
export async function readWhatIsLeft(pool: LedgerPool, runId: RunId): Promise<string | undefined> {
  const counts = await readRunCounts(pool, runId);
  if (counts.open + counts.unknown + counts.pending + counts.learning === 0) return undefined;
  return `${counts.open} open positions and ${counts.unknown} permits without a proven end`;
}
