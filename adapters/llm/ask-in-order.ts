import type { AbortCause, Reply } from './provider.ts';

export type Call = (signal: AbortSignal) => Promise<Reply>;

export type RaceOptions = {
  /** The whole race ends then, whoever still runs. */
  readonly budgetMs: number;
  /** When the second call starts beside a first that has not answered. */
  readonly hedgeAfterMs: number;
  readonly mayHedge: () => boolean;
};

export type Race = {
  /** What each call came to, in order; undefined where it was cut off, absent where not started. */
  readonly replies: readonly (Reply | undefined)[];
  readonly winner: number | undefined;
};

/**
 * The first advice wins. The next call starts when one has failed, and once beside a slow first
 * one. The rest is aborted; nobody is waited for who does not heed that.
 */
export function askInOrder(calls: readonly Call[], options: RaceOptions): Promise<Race> {
  const over = new AbortController();
  const replies: (Reply | undefined)[] = [];
  return new Promise((resolve) => {
    const finish = (cause: AbortCause, winner?: number): void => {
      clearTimeout(budget);
      clearTimeout(hedge);
      resolve({ replies: [...replies], winner });
      over.abort(cause);
    };
    const take = (index: number, reply: Reply): void => {
      if (over.signal.aborted) return;
      replies[index] = reply;
      if (reply.kind === 'advice') return finish('answered', index);
      if (replies.length < calls.length) return start();
      if (replies.every((one) => one !== undefined)) finish('answered');
    };
    const start = (): void => {
      const index = replies.length;
      const call = calls[index];
      if (!call) return;
      replies.push(undefined);
      void call(over.signal).then((reply) => take(index, reply));
    };
    const budget = setTimeout(() => finish('budget'), options.budgetMs);
    const hedge = setTimeout(() => {
      if (replies.length === 1 && calls.length > 1 && options.mayHedge()) start();
    }, options.hedgeAfterMs);
    if (calls.length === 0) finish('answered');
    else start();
  });
}
