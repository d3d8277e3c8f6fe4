import type { PermitFields } from '../risk/permit.ts';
import type { ChainHeight, Origin, OriginStatuses, SignatureStatus } from './chain-reader.ts';

/** Blocks after which a blockhash is dead. A transaction can land no later. */
export const BLOCKHASH_LIFE_BLOCKS = 150;
/** One origin alone may lie, lag or sit on a fork. */
const ORIGINS_MIN = 2;

/** What the origins said: first their finalized heights, and only then what they know. */
export type ChainView = {
  readonly origins: readonly Origin[];
  readonly heights: readonly ChainHeight[];
  readonly statuses: readonly OriginStatuses[];
};

/**
 * The status of an executed transaction at the commitment that counts. Undefined while there is
 * none, and while origins differ on whether it failed: one of them is on a fork.
 */
export function executedStatus(
  signature: string,
  statuses: readonly OriginStatuses[],
  commitment: 'confirmed' | 'finalized',
): SignatureStatus | undefined {
  const reached = statuses
    .flatMap(({ found }) => found)
    .filter((status) => status.signature === signature && hasReached(status, commitment));
  const [first] = reached;
  const isAgreed = reached.every(
    ({ error }) => (error === undefined) === (first?.error === undefined),
  );
  return isAgreed ? first : undefined;
}

function hasReached(status: SignatureStatus, commitment: 'confirmed' | 'finalized'): boolean {
  return status.commitment === 'finalized' || status.commitment === commitment;
}

/** The last height at which anything signed for the permit can land. */
export function lastHeightOf(
  { validUntilHeight }: Pick<PermitFields, 'validUntilHeight'>,
  lastValidHeight: number | undefined,
): number {
  return lastValidHeight ?? validUntilHeight + BLOCKHASH_LIFE_BLOCKS;
}

/** Every origin has finalized a block above `height`, and there are enough of them. */
export function isPast(height: number, { origins, heights }: Omit<ChainView, 'statuses'>): boolean {
  if (new Set(origins).size < ORIGINS_MIN) return false;
  return origins.every((origin) =>
    heights.some((seen) => seen.origin === origin && seen.height > height),
  );
}

/**
 * Proof that a transaction never landed and never will: all origins are past its last height and
 * each, asked after that, knows no status of it. A null answered at an earlier slot proves nothing.
 */
export function isProvenDead(signature: string, lastHeight: number, view: ChainView): boolean {
  if (!isPast(lastHeight, view)) return false;
  return view.origins.every((origin) => {
    const past = view.heights.find((seen) => seen.origin === origin && seen.height > lastHeight);
    const answer = view.statuses.find((status) => status.origin === origin);
    if (!past || !answer || answer.slot < past.slot) return false;
    return !answer.found.some((status) => status.signature === signature);
  });
}
