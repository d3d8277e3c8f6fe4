import type { CpmmPool } from '../domain/execution/venues/raydium-cpmm.ts';
import type { MarketId } from '../domain/shared/ids.ts';

/** What the feeder posts to the hot thread: small, and each complete in itself. */
export type ChainUpdate =
  | { readonly kind: 'pool'; readonly market: MarketId; readonly pool: CpmmPool }
  | {
      readonly kind: 'link';
      readonly connected: boolean;
      /** Newest slot on the connection that carries the pools. */
      readonly slot: number;
    }
  | {
      readonly kind: 'blockhash';
      readonly blockhash: Uint8Array;
      readonly lastValidHeight: number;
      readonly height: number;
      /** Newest slot seen by another way than the pools' connection. */
      readonly headSlot: number;
    }
  | {
      readonly kind: 'tip-floor';
      /** What it takes to land, by the percentile that was asked for. */
      readonly lamports: bigint;
    };

export type ChainLimits = {
  readonly slotsBehindMax: number;
  /** Longest silence of the feeder that is believed, by the monotonic clock. */
  readonly silenceMsMax: number;
  /** Blocks that a blockhash must still have before it is signed with. */
  readonly blocksLeftMin: number;
};

export type Blockhash = { readonly bytes: Uint8Array; readonly lastValidHeight: number };

export type ChainView = {
  apply(update: ChainUpdate, monotonicMs: number): void;
  poolOf(market: MarketId): CpmmPool | undefined;
  isFresh(market: MarketId, monotonicMs: number): boolean;
  /** Undefined when the last one is too old to land. */
  blockhash(monotonicMs: number): Blockhash | undefined;
  /** Undefined where nobody told, or too long ago. */
  tipFloor(monotonicMs: number): bigint | undefined;
  readonly height: number;
  readonly headSlot: number;
};

/** Tips follow congestion, which comes and goes within a minute. */
const TIP_FLOOR_BELIEVED_MS = 60_000;

/** The hot thread's picture of the chain; reading it is a look into memory. */
export function createChainView(limits: ChainLimits): ChainView {
  const pools = new Map<MarketId, CpmmPool>();
  let linkSlot = 0;
  let linkedAtMs = -Infinity;
  let connected = false;
  let headSlot = 0;
  let height = 0;
  let latest: Blockhash | undefined;
  let latestAtMs = -Infinity;
  let tipFloor: bigint | undefined;
  let toldTipAtMs = -Infinity;

  return {
    apply(update, monotonicMs) {
      if (update.kind === 'pool') {
        pools.set(update.market, update.pool);
      } else if (update.kind === 'link') {
        // After a gap a pool counts again only once it has been read anew.
        if (!update.connected) pools.clear();
        connected = update.connected;
        linkSlot = update.slot;
        linkedAtMs = monotonicMs;
        headSlot = Math.max(headSlot, update.slot);
      } else if (update.kind === 'tip-floor') {
        tipFloor = update.lamports;
        toldTipAtMs = monotonicMs;
      } else {
        // Two sources take turns; the one behind must not take over.
        if (!latest || update.lastValidHeight >= latest.lastValidHeight) {
          latest = { bytes: update.blockhash, lastValidHeight: update.lastValidHeight };
          latestAtMs = monotonicMs;
        }
        height = Math.max(height, update.height);
        headSlot = Math.max(headSlot, update.headSlot);
      }
    },
    poolOf: (market) => pools.get(market),
    isFresh: (market, monotonicMs) =>
      connected &&
      monotonicMs - linkedAtMs <= limits.silenceMsMax &&
      headSlot - linkSlot <= limits.slotsBehindMax &&
      pools.has(market),
    blockhash: (monotonicMs) =>
      latest !== undefined &&
      monotonicMs - latestAtMs <= limits.silenceMsMax &&
      latest.lastValidHeight - height >= limits.blocksLeftMin
        ? latest
        : undefined,
    tipFloor: (monotonicMs) =>
      monotonicMs - toldTipAtMs <= TIP_FLOOR_BELIEVED_MS ? tipFloor : undefined,
    get height() {
      return height;
    },
    get headSlot() {
      return headSlot;
    },
  };
}
