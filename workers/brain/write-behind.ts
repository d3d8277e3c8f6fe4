import { OvermindError } from '../../domain/shared/errors.ts';
import { repeat } from '../trading/repeat.ts';

export type WriteBehindOptions<Item> = {
  /** Beyond it the oldest waiting items are dropped: the newest matter most after an outage. */
  readonly itemsMax: number;
  readonly batchMax: number;
  /** Must be safe to repeat. */
  readonly write: (batch: readonly Item[]) => Promise<void>;
  readonly onFault: (error: unknown) => void;
  /** Told of the number dropped in all, at powers of two: one line an outage says enough. */
  readonly onDrop: (dropped: number) => void;
};

export type WriteBehind<Item> = {
  /** Never waits and never fails: answering goes before remembering. */
  push(items: readonly Item[]): void;
  waiting(): number;
  dropped(): number;
  /** Whether the last write succeeded; true before the first. */
  isHealthy(): boolean;
  /** Writes what waits, for so long at most. Answers with the number of items left. */
  stop(withinMs: number): Promise<number>;
};

/** A push wakes the writer; one that meets it between two turns waits for this long. */
const IDLE_MS = 200;
const RETRY_AFTER_MS = 500;

/** One batch after the other; a batch is repeated until it is written or can never be. */
export function createWriteBehind<Item>(options: WriteBehindOptions<Item>): WriteBehind<Item> {
  const { itemsMax, batchMax, write } = options;
  const queue: Item[] = [];
  let batch: readonly Item[] = [];
  let dropped = 0;
  let healthy = true;
  let drained = (): void => undefined;

  const drop = (count: number): void => {
    const before = dropped;
    dropped += count;
    if (Math.floor(Math.log2(dropped)) > Math.floor(Math.log2(before || 0.5))) {
      options.onDrop(dropped);
    }
  };

  const turn = async (): Promise<number> => {
    if (batch.length === 0) batch = queue.splice(0, batchMax);
    if (batch.length > 0) {
      try {
        await write(batch);
        healthy = true;
      } catch (error) {
        healthy = false;
        if (error instanceof OvermindError && error.retryable) throw error;
        // Trying again is vain, and what waits behind it must not starve.
        drop(batch.length);
        options.onFault(error);
      }
    }
    batch = [];
    if (queue.length > 0) return 0;
    drained();
    return IDLE_MS;
  };
  const writing = repeat(turn, RETRY_AFTER_MS, options.onFault);

  return {
    push(items) {
      queue.push(...items);
      const excess = queue.length - itemsMax;
      if (excess > 0) {
        queue.splice(0, excess);
        drop(excess);
      }
      writing.wake();
    },
    waiting: () => queue.length + batch.length,
    dropped: () => dropped,
    isHealthy: () => healthy,
    async stop(withinMs) {
      if (queue.length + batch.length > 0) {
        writing.wake();
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
        await Promise.race([new Promise<void>((resolve) => (drained = resolve)), late]);
        clearTimeout(timer);
      }
      await Promise.race([writing.stop(), new Promise((resolve) => setTimeout(resolve, withinMs))]);
      return queue.length + batch.length;
    },
  };
}
