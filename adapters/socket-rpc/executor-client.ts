import type { MarketId } from '../../domain/shared/ids.ts';
import { createSocketClient } from './client.ts';

export type ExecutorStatus = {
  readonly wallet: string;
  readonly executorEpoch: number;
  readonly haltEpoch: number;
  readonly halted: boolean;
  readonly leaseEndsInMs: number;
  readonly headSlot: number;
  readonly height: number;
  readonly markets: Readonly<Record<MarketId, { readonly fresh: boolean; readonly slot: number }>>;
  readonly counters: Readonly<Record<string, number>>;
};

export type ExecutorStageTimes = {
  readonly count: number;
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
  readonly fenced: true;
  readonly haltEpoch: number;
  readonly stopId: string;
};

/** The executor's control socket, as others ask it. Rejects with a `socket/…` error. */
export type ExecutorClient = {
  status(timeoutMs: number): Promise<ExecutorStatus>;
  metrics(timeoutMs: number): Promise<ExecutorMetrics>;
  /** Safe to repeat with the same stop id. Its answer means that the halt is on the disk. */
  stop(stop: ExecutorStop, timeoutMs: number): Promise<ExecutorFenced>;
  close(): void;
};

export function createExecutorClient(socketPath: string): ExecutorClient {
  const client = createSocketClient({ path: socketPath });
  return {
    status: (timeoutMs) => client.call<ExecutorStatus>('status', {}, timeoutMs),
    metrics: (timeoutMs) => client.call<ExecutorMetrics>('metrics', {}, timeoutMs),
    stop: (stop, timeoutMs) => client.call<ExecutorFenced>('stop', stop, timeoutMs),
    close: () => client.close(),
  };
}
