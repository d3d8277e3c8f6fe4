/** So many lives in so short a time that did nothing are no accident. */
const FUTILE = { max: 6, withinMs: 60_000 };
/** A life is futile when it never came to do its job, or only for so long. */
const JOB_MS_MIN = 1_000;
const RESTART_AFTER_MS = { first: 100, max: 5_000 };

export type RestartPolicy = {
  /**
   * How long to wait before the next life; undefined: no other life. `readyMs` is when the life that
   * has ended began to do its job, if it did.
   */
  readonly afterDeath: (nowMs: number, readyMs: number | undefined) => number | undefined;
};

/** What is killed is started again, however often; what cannot live is given up. */
export function createRestartPolicy(): RestartPolicy {
  const deaths: number[] = [];
  const futile: number[] = [];
  const recentOf = (times: readonly number[], nowMs: number): number =>
    times.filter((ms) => nowMs - ms < FUTILE.withinMs).length;

  return {
    afterDeath(nowMs, readyMs) {
      deaths.push(nowMs);
      if (readyMs === undefined || nowMs - readyMs < JOB_MS_MIN) futile.push(nowMs);
      if (recentOf(futile, nowMs) >= FUTILE.max) return undefined;
      const recent = recentOf(deaths, nowMs);
      return Math.min(RESTART_AFTER_MS.max, RESTART_AFTER_MS.first * 2 ** (recent - 1));
    },
  };
}
