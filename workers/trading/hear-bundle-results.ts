import type { Logger } from 'pino';
import type { Repetition } from './repeat.ts';

export type HearBundleResults = {
  /** The block engine's gRPC address; undefined: nobody is asked. */
  readonly url: string | undefined;
  /** The settlement watch: a hint makes it look sooner, and can do nothing else. */
  readonly watch: Pick<Repetition, 'wake'>;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  readonly onFault: (error: unknown) => void;
};

/** What the block engine says of our bundles: hints, which only shorten the wait for the chain. */
export async function hearBundleResults(options: HearBundleResults): Promise<() => void> {
  const { url, watch, log, onFault } = options;
  if (url === undefined) return () => undefined;
  // Loaded only where it is used: gRPC and jito-ts cost a start a fifth of a second.
  const { createJitoSearcher } = await import('../../adapters/senders/jito-searcher.ts');
  const searcher = createJitoSearcher({ url, onFault });
  searcher.watchResults((hint) => {
    if (hint.said === 'rejected' || hint.said === 'dropped') {
      log.warn({ ...hint }, 'block engine said that a bundle did not land');
    } else {
      log.debug({ ...hint }, 'block engine told of a bundle');
    }
    if (hint.said !== 'accepted') watch.wake();
  });
  return () => searcher.close();
}
