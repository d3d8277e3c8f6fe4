import type { MarketId } from '../../domain/shared/ids.ts';
import type { ChainUpdate } from '../chain-view.ts';

/** What the hot thread hands over when it starts the feeder. */
export type FeederStart = {
  readonly rpcUrls: readonly string[];
  readonly wsUrl: string;
  readonly markets: readonly MarketId[];
};

export type FeederMessage = ChainUpdate | { readonly kind: 'fault'; readonly fault: string };
