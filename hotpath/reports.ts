import type { ExecutionReport } from '../domain/execution/execution-report.ts';
import type { Reporter } from './pipeline.ts';

export type ReportStore = {
  storeReport(reportId: string, json: string): Promise<void>;
  acknowledge(entryId: string): Promise<void>;
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

/**
 * Stores reports behind the path's back, each under an id of its own and until it is stored; only
 * then is the entry acknowledged. Whatever is lost all the same, settlement proves from the chain.
 */
export function createReports({ store, wallNowMs, onFault }: ReportsDeps): Reports {
  let lastMs = 0;
  let sequence = 0;
  const open = new Set<Promise<void>>();

  const nextId = (): string => {
    const now = wallNowMs();
    if (now > lastMs) {
      lastMs = now;
      sequence = 0;
    } else sequence += 1; // The wall clock stood still or went back; ids only rise.
    return `${lastMs}-${sequence}`;
  };

  const untilDone = async (work: () => Promise<void>): Promise<void> => {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        onFault(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      }
    }
  };

  const track = (work: () => Promise<void>): void => {
    const running = untilDone(work).finally(() => open.delete(running));
    open.add(running);
  };

  const storeFor = (report: ExecutionReport, entryId: string | undefined): void => {
    const id = nextId();
    const json = JSON.stringify(report);
    let stored = false;
    track(async () => {
      if (!stored) await store.storeReport(id, json);
      stored = true;
      if (entryId !== undefined) await store.acknowledge(entryId);
    });
  };

  return {
    report: storeFor,
    announce: (report) => storeFor(report, undefined),
    acknowledge: (entryId) => track(() => store.acknowledge(entryId)),
    async drain(limitMs) {
      const limit = new Promise((resolve) => setTimeout(resolve, limitMs).unref());
      await Promise.race([Promise.all(open), limit]);
      return open.size;
    },
    get pending() {
      return open.size;
    },
  };
}
