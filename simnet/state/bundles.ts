import { createHash } from 'node:crypto';

/** Why a bundle ended without landing, or ceased to have landed. */
export type BundleEnd =
  /** One of its transactions could not run, or ran and failed: nothing of it landed. */
  | { readonly kind: 'simulation-failed'; readonly signature: string }
  /** One of its transactions has landed apart from it. */
  | { readonly kind: 'partly-landed' }
  | { readonly kind: 'expired' }
  /** Its slot was orphaned. */
  | { readonly kind: 'orphaned' }
  /** The engine lost it. */
  | { readonly kind: 'dropped' };

export type Bundle = {
  readonly id: string;
  /** First signatures of its transactions, in order. */
  readonly signatures: readonly string[];
  readonly status: 'Pending' | 'Failed' | 'Landed';
  readonly slot?: number;
  /** Of a failed one. */
  readonly why?: BundleEnd;
  /** Somebody asked for this lie: it is reported as if it were unknown, whatever became of it. */
  readonly reportedInvalid: boolean;
};

/** Older bundles are forgotten, as the engine forgets them after five minutes. */
const BUNDLES_MAX = 10_000;

export type Bundles = ReturnType<typeof createBundles>;

/** What became of each bundle: hints for senders, no part of the chain's truth. */
export function createBundles(earlier: readonly Bundle[] = []) {
  const byId = new Map(earlier.map((bundle) => [bundle.id, bundle]));
  const listeners = new Set<(bundle: Bundle, before: Bundle | undefined) => void>();

  const put = (bundle: Bundle): void => {
    const before = byId.get(bundle.id);
    byId.set(bundle.id, bundle);
    const oldest = byId.keys().next().value;
    if (byId.size > BUNDLES_MAX && oldest !== undefined) byId.delete(oldest);
    for (const listener of listeners) listener(bundle, before);
  };

  return {
    add(signatures: readonly string[], reportedInvalid: boolean): void {
      put({ id: bundleIdOf(signatures), signatures, status: 'Pending', reportedInvalid });
    },
    /** Where it has landed, or why it has not and will not. */
    end(signatures: readonly string[], outcome: { readonly slot: number } | BundleEnd): void {
      const bundle = byId.get(bundleIdOf(signatures));
      // A second copy of what has landed changes nothing.
      if (!bundle || ('slot' in outcome && bundle.slot === outcome.slot)) return;
      const { id, reportedInvalid } = bundle;
      const facts = { id, signatures, reportedInvalid };
      if ('slot' in outcome) put({ ...facts, status: 'Landed', slot: outcome.slot });
      else put({ ...facts, status: 'Failed', why: outcome });
    },
    find: (id: string) => byId.get(id),
    /** Hears of each change; returns how to stop that. */
    onChange(listener: (bundle: Bundle, before: Bundle | undefined) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    dump: (): readonly Bundle[] => [...byId.values()],
  };
}

export const bundleIdOf = (signatures: readonly string[]): string =>
  createHash('sha256').update(signatures.join(',')).digest('hex');
