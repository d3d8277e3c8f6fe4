/** A sum of amounts, each of which belongs to a place and counts until that place is left behind. */
export type BucketSum = {
  /** Leaves all places before `from` behind; what is left. Never goes back. */
  totalFrom(from: number): bigint;
  add(place: number, amount: bigint): void;
};

/**
 * `size` places at a time. A step forward costs as many subtractions as places were passed, `size`
 * at most, however many amounts there were.
 */
export function createBucketSum(size: number): BucketSum {
  const buckets = new BigUint64Array(size);
  let first = 0;
  let total = 0n;
  return {
    totalFrom(from) {
      if (from <= first) return total;
      const passed = Math.min(from - first, size);
      for (let step = 0; step < passed; step++) {
        const at = (first + step) % size;
        total -= buckets[at] ?? 0n;
        buckets[at] = 0n;
      }
      first = from;
      return total;
    },
    add(place, amount) {
      if (place < first) return;
      total += amount;
      // Further ahead than there are places: it counts for good, which is the safe side.
      if (place - first >= size) return;
      const at = place % size;
      buckets[at] = (buckets[at] ?? 0n) + amount;
    },
  };
}
