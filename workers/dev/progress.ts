export type Progress = {
  /** One line, with the time since the start. */
  say(text: string): void;
  /** Says that it is done and how long it took; while it lasts, that it is still waited for. */
  during<Result>(what: string, work: () => Promise<Result>): Promise<Result>;
  stop(): void;
};

/** A wait longer than this is mentioned, again and again. */
const REMIND_EVERY_MS = 5_000;

/** What set-up is doing, line by line. */
export function createProgress(print: (line: string) => void): Progress {
  const startedMs = performance.now();
  const waiting = new Map<string, number>();
  const secondsSince = (ms: number): string => `${((performance.now() - ms) / 1_000).toFixed(1)} s`;
  const say = (text: string): void => print(`${secondsSince(startedMs).padStart(8)}  ${text}`);
  const timer = setInterval(() => {
    const slow = [...waiting].filter(([, ms]) => performance.now() - ms >= REMIND_EVERY_MS);
    const names = slow.map(([what, ms]) => `${what} (${secondsSince(ms)})`);
    if (names.length > 0) say(`still waiting for ${names.join(', ')}`);
  }, REMIND_EVERY_MS);
  timer.unref();

  return {
    say,
    async during(what, work) {
      const ms = performance.now();
      waiting.set(what, ms);
      try {
        const result = await work();
        say(`${what} ready after ${secondsSince(ms)}`);
        return result;
      } finally {
        waiting.delete(what);
      }
    },
    stop: () => clearInterval(timer),
  };
}
