export type KeepWarmDeps = {
  readonly pass: () => void;
  /** 0: never. */
  readonly everyMs: number;
  /** Whether the path may sign: without lease, or halted, it rests. */
  readonly mayWork: () => boolean;
};

export type KeepWarm = {
  /** The path has just run by itself. */
  ran(): void;
  stop(): void;
};

/**
 * Between two permits whatever else runs on the machine takes the processor's caches over, and the
 * next permit pays for it twice to three times. A rehearsed pass now and then keeps the path in them;
 * while permits come by themselves there is none.
 */
export function keepWarm({ pass, everyMs, mayWork }: KeepWarmDeps): KeepWarm {
  let hasRun = false;
  const tick = (): void => {
    if (!hasRun && mayWork()) pass();
    hasRun = false;
  };
  const timer = everyMs > 0 ? setInterval(tick, everyMs) : undefined;
  return {
    ran: () => void (hasRun = true),
    stop: () => clearInterval(timer),
  };
}
