import type { AssetDelta } from '../settlement/settlement.ts';

export type FlatView = {
  /** Positions that are not closed, by market. */
  readonly open: readonly string[];
  /** Permits without a proven end. */
  readonly live: number;
  /** Finalized, as of `slot`. */
  readonly balances: readonly AssetDelta[];
  readonly slot: number;
  /** The last slot in which anything of ours landed. */
  readonly lastSettledSlot: number;
  /** What the wallet held before the run. */
  readonly baseline: ReadonlyMap<string, bigint>;
  /** What positions are held in. */
  readonly baseMints: readonly string[];
};

/** What is still between us and FLAT; nothing: the chain shows no position any more. */
export function flatFaults(view: FlatView): readonly string[] {
  const faults = view.open.map((market) => `${market} is held`);
  if (view.live > 0) faults.push(`${view.live} permits have no proven end`);
  if (view.slot < view.lastSettledSlot) {
    faults.push(`slot ${view.lastSettledSlot} is not finalized, the chain is at ${view.slot}`);
  }
  const held = new Map(view.balances.map(({ asset, amount }) => [asset, amount]));
  for (const mint of view.baseMints) {
    const rest = (held.get(mint) ?? 0n) - (view.baseline.get(mint) ?? 0n);
    if (rest !== 0n) faults.push(`the wallet holds ${rest} of ${mint} more than before the run`);
  }
  return faults;
}
