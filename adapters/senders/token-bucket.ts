/** How many requests an endpoint still allows. Asked and taken from without waiting. */
export type TokenBucket = {
  has(nowMs: number): boolean;
  take(): void;
  /** Empty until then, and for as long as it takes to fill again after it. */
  pauseUntil(ms: number): void;
};

/** Holds what one second allows. Times are monotonic. */
export function createTokenBucket(perSecond: number, nowMs: number): TokenBucket {
  let tokens = perSecond;
  /** In the future during a pause. */
  let filledAtMs = nowMs;
  return {
    has(now) {
      const elapsedMs = now - filledAtMs;
      if (elapsedMs > 0) {
        tokens = Math.min(perSecond, tokens + (elapsedMs / 1_000) * perSecond);
        filledAtMs = now;
      }
      return tokens >= 1;
    },
    take() {
      tokens -= 1;
    },
    pauseUntil(ms) {
      tokens = Math.min(tokens, 0);
      // Of two pauses the longer counts.
      filledAtMs = Math.max(filledAtMs, ms);
    },
  };
}
