import { OvermindError } from '../../domain/shared/errors.ts';
import { pause } from './latest-writer.ts';

export type Patience = {
  /** Aborted when the process stops: nobody waits any longer then. */
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
};

const RETRY_AFTER_MS = 200;

/**
 * Tries again for as long as it is only out of reach: a store that is away makes the feed wait and
 * loses nothing. What no retry can mend is thrown on, and so is the end of the process.
 */
export async function persist<Result>(
  work: () => Promise<Result>,
  { signal, onFault }: Patience,
): Promise<Result> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OvermindError && error.retryable)) throw error;
      onFault(error);
      await pause(RETRY_AFTER_MS);
    }
  }
}
