/** How long after the position's own time exit the backstop acts: PositionWatch goes first. */
const GRACE_MARKET_MS = 120_000;
const WAIT_MS = { min: 60_000, max: 600_000 };

export type BackstopView = {
  readonly marketTimeMs: number;
  /** Market milliseconds per wall millisecond; 0 after the feed's end. */
  readonly rate: number;
  readonly openedAtMs: number;
  readonly timeExitMs: number;
};

/**
 * Undefined: the position has outlived its time exit and must close. Else the wall time to wait
 * before asking again: never so long that a clock that speeds up would be noticed late.
 */
export function backstopWaitMs(view: BackstopView): number | undefined {
  const dueInMs = view.openedAtMs + view.timeExitMs + GRACE_MARKET_MS - view.marketTimeMs;
  if (dueInMs <= 0) return undefined;
  const wallMs = view.rate > 0 ? dueInMs / view.rate : WAIT_MS.max;
  return Math.round(Math.min(WAIT_MS.max, Math.max(WAIT_MS.min, wallMs)));
}
