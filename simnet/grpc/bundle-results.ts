import { DroppedReason, type BundleResult } from 'jito-ts/dist/gen/block-engine/bundle.js';
import type { Chain } from '../chain.ts';
import type { Bundle, BundleEnd } from '../state/bundles.ts';
import { VALIDATOR } from './validator.ts';

type Listener = (result: BundleResult) => void;

/** Landed and not yet final bundles that are waited for; older ones are never told as final. */
const WAITING_MAX = 10_000;

export type BundleResults = ReturnType<typeof createBundleResults>;

/** What becomes of each bundle, as the block engine's stream tells it. */
export function createBundleResults(chain: Chain) {
  const listeners = new Set<Listener>();
  const landed = new Map<string, number>();

  const tell = (result: BundleResult): void => {
    for (const listener of listeners) listener(result);
  };

  const changed = (bundle: Bundle, before: Bundle | undefined): void => {
    landed.delete(bundle.id);
    if (bundle.status === 'Landed' && bundle.slot !== undefined) {
      landed.set(bundle.id, bundle.slot);
      const oldest = landed.keys().next().value;
      if (landed.size > WAITING_MAX && oldest !== undefined) landed.delete(oldest);
    }
    const result = resultOf(bundle, before, chain.blocks.slot());
    if (result) tell(result);
  };

  chain.bundles.onChange(changed);
  chain.onSlot(() => {
    for (const [bundleId, slot] of landed) {
      if (chain.blocks.commitmentOf(slot) !== 'finalized') continue;
      landed.delete(bundleId);
      const lied = chain.bundles.find(bundleId)?.reportedInvalid ?? false;
      if (!lied) tell({ bundleId, finalized: {} });
    }
  });

  return {
    count: () => listeners.size,
    /** Returns how to stop it. */
    subscribe(listener: Listener): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Undefined: nothing is told of it. Pure, so that each case can be shown. */
export function resultOf(
  bundle: Bundle,
  before: Bundle | undefined,
  slot: number,
): BundleResult | undefined {
  const { id: bundleId, status, why } = bundle;
  if (bundle.reportedInvalid) {
    // The lie that somebody asked for: refused at the door, whatever becomes of it.
    const rejected = { droppedBundle: { msg: 'no leader upcoming' } };
    return before ? undefined : { bundleId, rejected };
  }
  switch (status) {
    case 'Pending':
      return { bundleId, accepted: { slot: slot + 1, validatorIdentity: VALIDATOR } };
    case 'Landed': {
      const processed = { validatorIdentity: VALIDATOR, slot: bundle.slot ?? slot, bundleIndex: 0 };
      return { bundleId, processed };
    }
    case 'Failed':
      return { bundleId, ...endOf(why ?? { kind: 'dropped' }) };
  }
}

function endOf(why: BundleEnd): Pick<BundleResult, 'rejected' | 'dropped'> {
  switch (why.kind) {
    case 'simulation-failed':
      return { rejected: { simulationFailure: { txSignature: why.signature } } };
    case 'dropped':
      return { rejected: { droppedBundle: { msg: 'no leader upcoming' } } };
    case 'expired':
      return { dropped: { reason: DroppedReason.BlockhashExpired } };
    case 'partly-landed':
      return { dropped: { reason: DroppedReason.PartiallyProcessed } };
    case 'orphaned':
      return { dropped: { reason: DroppedReason.NotFinalized } };
  }
}
