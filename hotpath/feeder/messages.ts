import type { TipPercentile } from '../../domain/execution/tip-floor.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import type { ChainUpdate } from '../chain-view.ts';

/** What the hot thread hands over when it starts the feeder. */
export type FeederStart = {
  readonly rpcUrls: readonly string[];
  readonly wsUrl: string;
  readonly markets: readonly MarketId[];
  /** Undefined: tips follow the permit's cap alone. */
  readonly tipFloor: TipFloorSource | undefined;
};

export type TipFloorSource = {
  readonly url: string;
  readonly percentile: TipPercentile;
  /** Whatever the market of tips says, no more than this is wanted. */
  readonly tipMax: bigint;
};

export type FeederMessage = ChainUpdate | { readonly kind: 'fault'; readonly fault: string };
