/** So many deaths in so short a time are no accident. */
const DEATHS = { max: 6, withinMs: 60_000 };
const RESTART_AFTER_MS = { first: 100, max: 5_000 };

/** How long to wait before the next life, told at each death; undefined: no other life. */
export function createRestartPolicy(): {
  readonly afterDeath: (nowMs: number) => number | undefined;
} {
  const deaths: number[] = [];
  return {
    afterDeath(nowMs) {
      deaths.push(nowMs);
      const recent = deaths.filter((ms) => nowMs - ms < DEATHS.withinMs).length;
      if (recent >= DEATHS.max) return undefined;
      return Math.min(RESTART_AFTER_MS.max, RESTART_AFTER_MS.first * 2 ** (recent - 1));
    },
  };
}
