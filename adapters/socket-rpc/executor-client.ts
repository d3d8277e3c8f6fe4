import type { ResumeRequest } from '../../domain/control/resume-statement.ts';
import type { MarketId, PermitId } from '../../domain/shared/ids.ts';
import { createSocketClient } from './client.ts';

export type ExecutorStatus = {
  readonly wallet: string;
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  /** Null while it is not halted, and where its journal holds none. */
  readonly haltReason: string | null;
  /** Of what it was started with. */
  readonly configHash: string;
  readonly leaseEndsInMs: number;
  readonly headSlot: number;
  readonly height: number;
  readonly markets: Readonly<Record<MarketId, { readonly fresh: boolean; readonly slot: number }>>;
  readonly counters: Readonly<Record<string, number>>;
};

export type ExecutorStageTimes = {
  readonly count: number;
  readonly sumUs: number;
  /** How many lasted at most so many µs, cumulative; those beyond the last bound are in `count`. */
  readonly buckets: readonly (readonly [leUs: number, count: number])[];
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
};

export type ExecutorMetrics = {
  readonly stages: Readonly<Record<string, ExecutorStageTimes>>;
  readonly counters: Readonly<Record<string, number>>;
};

export type ExecutorStop = { readonly stopId: string; readonly reason: string };
export type ExecutorFenced = {
  /** False: an old stop that a resume had lifted before this call. */
  readonly fenced: boolean;
  readonly haltEpoch: number;
  readonly stopId: string;
};

/** What its journal says is signed and may still land. */
export type ExecutorLandable = {
  /** 0 while it has seen no block. */
  readonly height: number;
  readonly executorEpoch: number;
  readonly permits: readonly {
    readonly id: PermitId;
    readonly signature: string;
    readonly lastValidHeight: number;
  }[];
};

export type ExecutorResumed =
  | { readonly resumed: true; readonly haltEpoch: number }
  | { readonly resumed: false; readonly why: readonly string[] };

/** The executor's control socket, as others ask it. Rejects with a `socket/…` error. */
export type ExecutorClient = {
  status(timeoutMs: number): Promise<ExecutorStatus>;
  metrics(timeoutMs: number): Promise<ExecutorMetrics>;
  /** Safe to repeat with the same stop id. Its answer means that the halt is on the disk. */
  stop(stop: ExecutorStop, timeoutMs: number): Promise<ExecutorFenced>;
  landable(timeoutMs: number): Promise<ExecutorLandable>;
  /** Safe to repeat with the same request. */
  resume(request: ResumeRequest, timeoutMs: number): Promise<ExecutorResumed>;
  close(): void;
};

export function createExecutorClient(socketPath: string): ExecutorClient {
  const client = createSocketClient({ path: socketPath });
  return {
    status: (timeoutMs) => client.call<ExecutorStatus>('status', {}, timeoutMs),
    metrics: (timeoutMs) => client.call<ExecutorMetrics>('metrics', {}, timeoutMs),
    stop: (stop, timeoutMs) => client.call<ExecutorFenced>('stop', stop, timeoutMs),
    landable: (timeoutMs) => client.call<ExecutorLandable>('landable', {}, timeoutMs),
    resume: (request, timeoutMs) => client.call<ExecutorResumed>('resume', request, timeoutMs),
    close: () => client.close(),
  };
}
