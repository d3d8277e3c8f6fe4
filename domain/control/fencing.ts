/** An executor that may sign while its lease lasts. */
export type ExecutorLease = {
  readonly wallet: string;
  readonly executorEpoch: number;
  /** 0 once it has run out. */
  readonly endsInMs: number;
  /** The newest halt that this executor has on its disk. */
  readonly fencedHaltEpoch: number;
};

/** Leases whose executor could still sign, although this halt is latched. None: FENCED. */
export function unfenced(
  leases: readonly ExecutorLease[],
  haltEpoch: number,
): readonly ExecutorLease[] {
  return leases.filter(
    ({ endsInMs, fencedHaltEpoch }) => endsInMs > 0 && fencedHaltEpoch < haltEpoch,
  );
}
