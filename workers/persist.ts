import { OvermindError } from '../domain/shared/errors.ts';

export type Patience = {
  readonly onFault: (error: unknown) => void;
  /** Aborted when the process stops: nobody waits any longer then. */
  readonly signal?: AbortSignal;
  /** From the first try on; then the last fault is thrown. For ever unless given. */
  readonly limitMs?: number;
};

/** Of a process that can be stopped while it waits. */
export type StoppablePatience = Patience & { readonly signal: AbortSignal };

const RETRY_AFTER_MS = 200;

/**
 * Tries again for as long as it is only out of reach: whoever is away makes the caller wait and
 * loses nothing. What no retry can mend is thrown on, and so is the end of the process.
 */
export async function persist<Result>(
  work: () => Promise<Result>,
  { signal, onFault, limitMs = Infinity }: Patience,
): Promise<Result> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OvermindError && error.retryable)) throw error;
      if (performance.now() > endMs) throw error;
      onFault(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  }
}
