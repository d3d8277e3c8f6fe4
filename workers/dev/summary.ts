import type { RunCounts } from '../../adapters/ledger/run-counts.ts';
import type { FeedArgs } from '../../domain/market/market-feed.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import type { Latencies } from './latencies.ts';
import type { RunSums } from './reconcile.ts';

/** The last line of a run with `--exit`, for scripts. Amounts are base units. */
export type RunSummary = Omit<RunCounts, 'pending' | 'learning' | 'realisedPnl'> & {
  readonly feed: FeedArgs['kind'];
  readonly run: RunId;
  readonly state: 'active' | 'halted';
  readonly seconds: number;
  readonly events: number;
  readonly realisedPnl: Readonly<Record<string, string>>;
  readonly latencyUs: Latencies;
  /** Lamport costs were valued at this price where the feed has no SOL-USDC. */
  readonly solUsdc: string;
} & RunSums;

export type SummaryParts = {
  readonly feed: FeedArgs;
  readonly runId: RunId;
  readonly halted: boolean;
  readonly seconds: number;
  readonly events: number;
  readonly quoteMint: string;
  readonly solUsdc: string;
  readonly counts: RunCounts;
  readonly latencies: Latencies;
  readonly reconciliation: RunSums;
};

export function summariseRun(parts: SummaryParts): RunSummary {
  const { pending: _pending, learning: _learning, realisedPnl, ...counts } = parts.counts;
  return {
    feed: parts.feed.kind,
    run: parts.runId,
    state: parts.halted ? 'halted' : 'active',
    seconds: parts.seconds,
    events: parts.events,
    ...counts,
    realisedPnl: { [parts.quoteMint]: realisedPnl },
    ...parts.reconciliation,
    solUsdc: parts.solUsdc,
    latencyUs: parts.latencies,
  };
}

/** 0 only if the sums agree and nothing is open, unknown or halted. */
export function exitCodeOf({ sumsAgree, unknown, open, state }: RunSummary): 0 | 1 {
  return sumsAgree && unknown === 0 && open === 0 && state === 'active' ? 0 : 1;
}
