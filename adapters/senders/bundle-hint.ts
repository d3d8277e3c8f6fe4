import { DroppedReason, type BundleResult } from 'jito-ts/dist/gen/block-engine/bundle.js';

/**
 * What a block engine says of a bundle. Never proof: "rejected" bundles land by another road, and
 * results come late, twice or not at all. Only the chain closes a permit.
 */
export type BundleHint = {
  readonly bundleId: string;
  readonly said: 'accepted' | 'processed' | 'finalized' | 'rejected' | 'dropped';
  readonly why?: string;
  /** The transaction it stumbled over. */
  readonly signature?: string;
};

/** Undefined: a kind of result that these generated types do not know yet. */
export function hintOf(result: BundleResult): BundleHint | undefined {
  const { bundleId, accepted, processed, finalized, rejected, dropped } = result;
  if (finalized) return { bundleId, said: 'finalized' };
  if (processed) return { bundleId, said: 'processed' };
  if (dropped) return { bundleId, said: 'dropped', why: droppedBecause(dropped.reason) };
  if (rejected) return { bundleId, said: 'rejected', ...rejectedBecause(rejected) };
  return accepted && { bundleId, said: 'accepted' };
}

function droppedBecause(reason: DroppedReason): string {
  switch (reason) {
    case DroppedReason.BlockhashExpired:
      return 'blockhash expired';
    case DroppedReason.PartiallyProcessed:
      return 'partly landed';
    case DroppedReason.NotFinalized:
      return 'not finalized';
    default:
      return 'unknown reason';
  }
}

function rejectedBecause(
  rejected: NonNullable<BundleResult['rejected']>,
): Pick<BundleHint, 'why' | 'signature'> {
  const { simulationFailure, stateAuctionBidRejected, winningBatchBidRejected } = rejected;
  if (simulationFailure) {
    const { txSignature, msg } = simulationFailure;
    return { why: msg || 'simulation failed', signature: txSignature };
  }
  if (stateAuctionBidRejected) return { why: 'outbid in its auction' };
  if (winningBatchBidRejected) return { why: 'outbid by other auctions' };
  return { why: rejected.internalError?.msg ?? rejected.droppedBundle?.msg ?? 'unknown reason' };
}
