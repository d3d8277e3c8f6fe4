import type { BusConnection } from '../../adapters/bus/connect.ts';
import { writeJson } from '../../adapters/bus/json-keys.ts';
import { RUN_ENDING_KEY } from '../../adapters/bus/stream-names.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import { readRunCounts, type RunCounts } from '../../adapters/ledger/run-counts.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { readLatch, recordRunState } from './prepare-ledger.ts';
import { pause } from './servers/running-server.ts';

export type EndOfRun = {
  readonly pool: LedgerPool;
  readonly bus: BusConnection;
  readonly runId: RunId;
  /** Permit life + blockhash life + finality + 30 s. */
  readonly limitMs: number;
  readonly say: (line: string) => void;
};

const POLL_MS = 200;
const SAY_EVERY_MS = 5_000;

/**
 * The feed is over: what has no permit is declined, permits finish, positions are closed and
 * everything settles. Halted, nothing is closed: only what is on its way is waited for.
 */
export async function closeRun(run: EndOfRun): Promise<'closed' | 'halted' | 'late'> {
  const { pool, bus, runId, limitMs, say } = run;
  const latch = await readLatch(pool);
  if (latch) {
    say(`halted (${latch.reason}): nothing is closed`);
    return (await untilSettled(run, ({ unknown }) => unknown)) ? 'halted' : 'late';
  }
  await recordRunState(pool, runId, 'ending');
  await writeJson(bus, RUN_ENDING_KEY, 1);
  say(`the feed has ended: closing what is open, for at most ${Math.round(limitMs / 1_000)} s`);
  const left = ({ pending, unknown, open }: RunCounts): number => pending + unknown + open;
  return (await untilSettled(run, left)) ? 'closed' : 'late';
}

/** Until nothing is left; a trade is over only once its lesson is learnt. */
async function untilSettled(
  { pool, runId, limitMs, say }: EndOfRun,
  left: (counts: RunCounts) => number,
): Promise<boolean> {
  const startedMs = Date.now();
  let saidMs = startedMs;
  for (;;) {
    const counts = await readRunCounts(pool, runId);
    if (left(counts) + counts.learning === 0) return true;
    const now = Date.now();
    if (now - startedMs > limitMs) return false;
    if (now - saidMs >= SAY_EVERY_MS) {
      saidMs = now;
      say(
        `still open: ${counts.open} positions, ${counts.unknown} permits, ${counts.pending} undecided`,
      );
    }
    await pause(POLL_MS);
  }
}
