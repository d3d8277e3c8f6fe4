import type { Logger } from 'pino';
import type { LearningDeps } from '../../activities/learning.ts';
import { readEpisode } from '../../adapters/ledger/advice-records.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import type { SendFeedback } from '../../adapters/llm/tensorzero-feedback.ts';

/** Pauses before another try; after the last one it is given up. */
const AGAIN_AFTER_MS: readonly number[] = [1_000, 10_000];

/**
 * Tells a gateway what became of a trade that it was asked about, beside the trade: nobody waits for
 * it, and what fails to the last is said in the log.
 */
export function createOutcomeMirror(
  pool: LedgerPool,
  send: SendFeedback,
  { log, againAfterMs = AGAIN_AFTER_MS }: MirrorOptions,
): LearningDeps['tell'] {
  const deliver = async (feedback: Parameters<SendFeedback>[0], signalId: string) => {
    for (const pauseMs of [...againAfterMs, undefined]) {
      try {
        return await send(feedback);
      } catch (error) {
        if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
        else log.warn({ err: error, signalId }, 'the gateway was not told how the trade ended');
      }
    }
  };
  return async (signalId, { returnBps, market, exitReason }) => {
    try {
      const episodeId = await readEpisode(pool, signalId);
      if (episodeId === undefined) return;
      const tags = { signal_id: signalId, market, exitReason };
      void deliver({ episodeId, returnBps, tags }, signalId);
    } catch (error) {
      log.warn({ err: error, signalId }, 'the gateway was not told how the trade ended');
    }
  };
}

export type MirrorOptions = {
  readonly log: Pick<Logger, 'warn'>;
  readonly againAfterMs?: readonly number[];
};
