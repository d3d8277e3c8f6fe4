/** How many requests a minute a provider allows. Asked and taken from without waiting. */
export type RequestLimit = { take(nowMs: number): boolean };

const SECONDS = 61; // One more than a minute has, so that the window is never shorter than one.

/** A window of whole seconds: never more than the limit in any minute, unlike a bucket. */
export function createRequestLimit(perMinute: number): RequestLimit {
  const counts = new Uint32Array(SECONDS);
  let second = 0;
  return {
    take(nowMs) {
      const now = Math.floor(nowMs / 1_000);
      const passed = Math.min(Math.max(now - second, 0), SECONDS);
      for (let step = 1; step <= passed; step += 1) counts[(now - passed + step) % SECONDS] = 0;
      second = Math.max(second, now);
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total >= perMinute) return false;
      const slot = second % SECONDS;
      counts[slot] = (counts[slot] ?? 0) + 1;
      return true;
    },
  };
}
