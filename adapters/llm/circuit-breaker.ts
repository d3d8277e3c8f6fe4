/** Stops asking a server that fails again and again, and tries it with one request later. */
export type CircuitBreaker = {
  /** Whether a request may go. When half-open only one may, until its end is told. */
  admit(nowMs: number): boolean;
  succeeded(): void;
  failed(nowMs: number): void;
  /** The admitted request ended without telling anything of the server. */
  ended(): void;
};

const FAILURES_MAX = 5;
const OPEN_MS = 30_000;

export function createCircuitBreaker(): CircuitBreaker {
  let failures = 0;
  let openUntilMs = 0;
  let probing = false;
  return {
    admit(nowMs) {
      if (failures < FAILURES_MAX) return true;
      if (nowMs < openUntilMs || probing) return false;
      probing = true;
      return true;
    },
    succeeded() {
      failures = 0;
      probing = false;
    },
    failed(nowMs) {
      failures = Math.min(failures + 1, FAILURES_MAX);
      probing = false;
      if (failures >= FAILURES_MAX) openUntilMs = nowMs + OPEN_MS;
    },
    ended() {
      probing = false;
    },
  };
}
