import type { MarketId } from '../../domain/shared/ids.ts';
import { createSocketClient } from './client.ts';

export type BrainStatus = {
  readonly memory: Readonly<Record<MarketId, number>>;
  readonly upToMs: Readonly<Record<MarketId, number>>;
  readonly chroma: 'ok' | 'degraded';
};

export type BrainStatusReader = {
  read(timeoutMs: number): Promise<BrainStatus>;
  close(): void;
};

export function createBrainStatusReader(port: number): BrainStatusReader {
  const client = createSocketClient({ port });
  return {
    read: (timeoutMs) => client.call<BrainStatus>('status', {}, timeoutMs),
    close: () => client.close(),
  };
}
