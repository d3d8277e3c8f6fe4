import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import { createBatches } from './batches.ts';
import type { Reporter } from './pipeline.ts';

/** A report as it is stored: its id is its own, and the same id twice makes one entry. */
export type StoredReport = { readonly id: string; readonly json: string };

export type ReportStore = {
  /** Answers with those that are not stored; throws where nothing is known of any. */
  storeReports<Report extends StoredReport>(reports: readonly Report[]): Promise<readonly Report[]>;
  acknowledge(entryIds: readonly string[]): Promise<void>;
};

export type Reports = Reporter & {
  /** A report without a stream entry of its own, as at a restart. */
  announce(report: ExecutionReport): void;
  /** Waits until everything is stored, or the limit has passed; how many were left. */
  drain(limitMs: number): Promise<number>;
  readonly pending: number;
};

export type ReportsDeps = {
  readonly store: ReportStore;
  readonly wallNowMs: () => number;
  readonly onFault: (error: unknown) => void;
};

const RETRY_AFTER_MS = 200;

type Waiting = StoredReport & { readonly entryId: string | undefined };

/**
 * Stores reports behind the path's back, all of a turn in one round trip, each under an id of its
 * own and until it is stored; only then is its entry acknowledged. Whatever is lost all the same,
 * settlement proves from the chain.
 */
export function createReports({ store, wallNowMs, onFault }: ReportsDeps): Reports {
  let lastMs = 0;
  let sequence = 0;

  const acknowledgements = createBatches<string>({
    async flush(entryIds) {
      await store.acknowledge(entryIds);
      return [];
    },
    onFault,
    retryAfterMs: RETRY_AFTER_MS,
  });
  const reports = createBatches<Waiting>({
    flush: (batch) => store.storeReports(batch),
    onDone({ entryId }) {
      if (entryId !== undefined) acknowledgements.add(entryId);
    },
    onFault,
    retryAfterMs: RETRY_AFTER_MS,
  });

  const nextId = (): string => {
    const now = wallNowMs();
    if (now > lastMs) {
      lastMs = now;
      sequence = 0;
    } else sequence += 1; // The wall clock stood still or went back; ids only rise.
    return `${lastMs}-${sequence}`;
  };

  const storeFor = (report: ExecutionReport, entryId: string | undefined): void =>
    reports.add({ id: nextId(), json: JSON.stringify(report), entryId });

  return {
    report: storeFor,
    announce: (report) => storeFor(report, undefined),
    acknowledge: (entryId) => acknowledgements.add(entryId),
    async drain(limitMs) {
      const limit = new Promise((resolve) => setTimeout(resolve, limitMs).unref());
      // A report that is stored leaves its entry to acknowledge.
      const all = reports.drained().then(() => acknowledgements.drained());
      await Promise.race([all, limit]);
      return reports.size + acknowledgements.size;
    },
    get pending() {
      return reports.size + acknowledgements.size;
    },
  };
}
