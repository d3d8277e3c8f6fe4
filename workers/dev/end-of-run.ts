import type { BusConnection } from '../../adapters/bus/connect.ts';
import { writeJson } from '../../adapters/bus/json-keys.ts';
import { RUN_ENDING_KEY } from '../../adapters/bus/stream-names.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import type { Config } from '../../config/config.ts';
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

/** A blockhash lives 150 blocks; an unknown signature is waited for twice that long, and finality. */
const SLOTS_TO_PROOF = 2 * 150 + 32;
const MARGIN_MS = 30_000;
const POLL_MS = 200;
const SAY_EVERY_MS = 5_000;

/** How long the last permit may take to its proven end, and some. */
export function closeLimitMs({ execution }: Config, slotMs: number): number {
  return execution.exitLifeMs + SLOTS_TO_PROOF * slotMs + MARGIN_MS;
}

/** Tells ingest and trading worker. Said again and again, since the bus forgets when it dies. */
export async function requestEnd(bus: BusConnection): Promise<void> {
  await writeJson(bus, RUN_ENDING_KEY, 1);
}

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
  say(`closing what is open, for at most ${Math.round(limitMs / 1_000)} s`);
  const left = ({ pending, unknown, open }: RunCounts): number => pending + unknown + open;
  return (await untilSettled(run, left, () => requestEnd(bus))) ? 'closed' : 'late';
}

/** Until nothing is left; a trade is over only once its lesson is learnt. */
async function untilSettled(
  { pool, runId, limitMs, say }: EndOfRun,
  left: (counts: RunCounts) => number,
  remind: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  const startedMs = Date.now();
  let saidMs = startedMs;
  for (;;) {
    await remind();
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
