export type LatestWriter<Value> = {
  /** Writes this value, or a later one, soon. */
  set(value: Value): void;
  /** Resolves once the value last set, or a later one, is written. Never rejects. */
  flushed(): Promise<void>;
};

const RETRY_AFTER_MS = 200;
/** A store that is away must not hold up whoever waits; the value is written again later. */
const FLUSH_TRIES_MAX = 5;

/**
 * One write in flight; values set meanwhile are skipped but for the newest. For state of which only
 * the present counts, at any rate of change.
 */
export function createLatestWriter<Value>(
  write: (value: Value) => Promise<void>,
  onFault: (error: unknown) => void,
  gapMs = 0,
): LatestWriter<Value> {
  let wanted: { readonly value: Value } | undefined;
  let writing: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    for (let tries = 0; wanted && tries < FLUSH_TRIES_MAX;) {
      const { value } = wanted;
      wanted = undefined;
      try {
        await write(value);
        if (gapMs > 0) await pause(gapMs);
      } catch (error) {
        onFault(error);
        wanted ??= { value };
        tries += 1;
        await pause(RETRY_AFTER_MS);
      }
    }
    writing = undefined;
  };

  return {
    set(value) {
      wanted = { value };
      writing ??= run();
    },
    flushed: async () => {
      await writing;
    },
  };
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
