import { callRpc } from '../../adapters/chain/json-rpc.ts';
import type { ChainHeight } from '../../domain/risk/risk-ledger.ts';

/** Blocks fall short of slots by those that were skipped; so the two are compared anew now and then. */
const COMPARE_EVERY_MS = 5_000;
const SLOT_MS = { first: 400, min: 20, max: 2_000 };
/** Share of the newest gap in the running mean. */
const WEIGHT = 0.1;

type EpochInfo = { readonly absoluteSlot: number; readonly blockHeight: number };

export type HeightFeed = ChainHeight & {
  /** At each slot of the pool subscription, and when its connection is lost. */
  onLink(link: { readonly connected: boolean; readonly slot: number }): void;
  stop(): void;
};

/**
 * Block height without a call while a trade waits: the slot comes by subscription, and the distance
 * between slot and height is looked up beside it.
 */
export function createHeightFeed(rpcUrl: string, onFault: (error: unknown) => void): HeightFeed {
  let slotsAheadOfHeight: number | undefined;
  let seen: { readonly slot: number; readonly atMs: number } | undefined;
  let slotMs: number = SLOT_MS.first;

  const compare = async (): Promise<void> => {
    const info = await callRpc<EpochInfo>(rpcUrl, 'getEpochInfo', [{ commitment: 'processed' }]);
    slotsAheadOfHeight = info.absoluteSlot - info.blockHeight;
  };
  void compare().catch(onFault);
  const timer = setInterval(() => void compare().catch(onFault), COMPARE_EVERY_MS);

  return {
    onLink({ connected, slot }) {
      if (!connected) {
        seen = undefined;
        return;
      }
      const atMs = Date.now();
      if (seen && slot > seen.slot) {
        const gap = (atMs - seen.atMs) / (slot - seen.slot);
        const bounded = Math.min(SLOT_MS.max, Math.max(SLOT_MS.min, gap));
        slotMs += (bounded - slotMs) * WEIGHT;
      }
      if (!seen || slot > seen.slot) seen = { slot, atMs };
    },
    current() {
      if (!seen || slotsAheadOfHeight === undefined) return undefined;
      return { height: seen.slot - slotsAheadOfHeight, slotMs, seenAtMs: seen.atMs };
    },
    stop: () => clearInterval(timer),
  };
}
