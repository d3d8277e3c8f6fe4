import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { createSocketClient } from './client.ts';
import type { TcpAddress } from './server.ts';

export type BrainStatus = {
  readonly memory: Readonly<Record<MarketId, number>>;
  readonly upToMs: Readonly<Record<MarketId, number>>;
  readonly chroma: 'ok' | 'degraded';
  /** What of the memory is not written yet, and what never will be. */
  readonly waiting: number;
  readonly dropped: number;
};

export type BrainClient = {
  read(timeoutMs: number): Promise<BrainStatus>;
  /** An opinion that nothing is kept of. */
  consider(candidate: Candidate, timeoutMs: number): Promise<Opinion>;
  close(): void;
};

export function createBrainClient(brain: TcpAddress): BrainClient {
  const client = createSocketClient(brain);
  return {
    read: (timeoutMs) => client.call<BrainStatus>('status', {}, timeoutMs),
    consider: (candidate, timeoutMs) => client.call<Opinion>('consider', candidate, timeoutMs),
    close: () => client.close(),
  };
}
