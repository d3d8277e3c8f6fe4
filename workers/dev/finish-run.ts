import { readRunCounts } from '../../adapters/ledger/run-counts.ts';
import type { Config } from '../../config/config.ts';
import type { FeedArgs } from '../../domain/market/market-feed.ts';
import { closeLimitMs, closeRun } from './end-of-run.ts';
import { readLatencies } from './latencies.ts';
import { readLatch, recordRunState } from './prepare-ledger.ts';
import type { PreparedRun } from './prepare-run.ts';
import { reconcileRun } from './reconcile.ts';
import type { Display } from './display.ts';
import { exitCodeOf, summariseRun, type RunSummary } from './summary.ts';

export type FinishRun = {
  readonly config: Config;
  readonly display: Display;
  readonly feedArgs: FeedArgs;
  readonly run: PreparedRun;
  readonly slotMs: number;
  readonly startedMs: number;
  readonly events: number;
};

/** `--exit`: close, settle, reconcile, sum up. */
export async function finishRun(
  finish: FinishRun,
): Promise<{ readonly summary: RunSummary; readonly exitCode: 0 | 1 }> {
  const { config, display, feedArgs, run, slotMs, startedMs, events } = finish;
  const { pool, bus, runId, chain } = run;
  const limitMs = closeLimitMs(config, slotMs);
  display.say('the feed has ended');
  const end = await closeRun({ pool, bus, runId, limitMs, say: display.say });
  if (end === 'late') display.say(`not everything was closed within ${limitMs / 1_000} s`);

  const reconciliation = await reconcileRun(pool, chain, { runId, limitMs });
  for (const orphan of reconciliation.orphans) {
    display.say(`orphan: transaction ${orphan} of the wallet belongs to no permit`);
  }
  const counts = await readRunCounts(pool, runId);
  if (counts.open === 0 && counts.unknown === 0) await recordRunState(pool, runId, 'ended');
  const summary = summariseRun({
    feed: feedArgs,
    runId,
    halted: (await readLatch(pool)) !== undefined,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    events,
    quoteMint: run.markets[0]?.quote.mint ?? '',
    solUsdc: config.solUsdc,
    counts,
    latencies: await readLatencies(pool, runId),
    reconciliation,
  });
  return { summary, exitCode: exitCodeOf(summary) };
}
