/** When something happened, the latest `capacity` times. Asking and adding take one step each. */
export type Moments = {
  add(monotonicMs: number): void;
  /** When the `count`-th last one was; -Infinity where there were fewer. */
  nthLast(count: number): number;
};

/** A ring that is made once: nothing is allocated, moved or cleaned up later. */
export function createMoments(capacity: number): Moments {
  const ring = new Float64Array(capacity).fill(-Infinity);
  let next = 0;
  return {
    add(monotonicMs) {
      ring[next] = monotonicMs;
      next = next + 1 === capacity ? 0 : next + 1;
    },
    nthLast(count) {
      const at = next - count;
      return ring[at < 0 ? at + capacity : at] ?? -Infinity;
    },
  };
}
