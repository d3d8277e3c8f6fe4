export type Batches<Item> = {
  /** Not awaited: it goes out with all others of this turn of the loop. */
  add(item: Item): void;
  readonly size: number;
  /** Resolves as soon as nothing is left. */
  drained(): Promise<void>;
};

export type BatchesDeps<Item> = {
  /** Answers with what was not done, or throws where that is not known: it is tried again. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Item[]>;
  readonly onDone?: (item: Item) => void;
  readonly onFault: (error: unknown) => void;
  readonly retryAfterMs: number;
};

/** Keeps a pipeline short enough that its reply is soon there. */
const BATCH_MAX = 256;

/**
 * Collects items and hands them on in order, one batch at a time: a burst makes large batches by
 * itself, and a lone item waits for nothing but the end of its turn.
 */
export function createBatches<Item>(deps: BatchesDeps<Item>): Batches<Item> {
  let waiting: Item[] = [];
  let inFlight = 0;
  let running = false;
  const drainers: (() => void)[] = [];

  const flushOnce = async (): Promise<void> => {
    const items = waiting.splice(0, BATCH_MAX);
    inFlight = items.length;
    let left: readonly Item[] = items;
    try {
      left = await deps.flush(items);
    } catch (error) {
      deps.onFault(error);
    }
    inFlight = 0;
    const undone = new Set(left);
    for (const item of items) if (!undone.has(item)) deps.onDone?.(item);
    if (left.length === 0) return;
    waiting = [...left, ...waiting];
    await new Promise((resolve) => setTimeout(resolve, deps.retryAfterMs));
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) await flushOnce();
    running = false;
    for (const drain of drainers.splice(0)) drain();
  };

  return {
    add(item) {
      waiting.push(item);
      if (running) return;
      running = true;
      // After whatever is being executed: a microtask waits for the path, and costs no turn.
      queueMicrotask(() => void run());
    },
    get size() {
      return waiting.length + inFlight;
    },
    drained() {
      if (!running) return Promise.resolve();
      return new Promise((resolve) => drainers.push(resolve));
    },
  };
}
