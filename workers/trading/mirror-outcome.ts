import type { Logger } from 'pino';
import type { LearningDeps } from '../../activities/learning.ts';
import { readEpisode } from '../../adapters/ledger/advice-records.ts';
import type { LedgerPool } from '../../adapters/ledger/connect.ts';
import type { SendFeedback } from '../../adapters/llm/tensorzero-feedback.ts';

/** Tells a gateway what became of a trade that it was asked about; what fails is said and given up. */
export function createOutcomeMirror(
  pool: LedgerPool,
  send: SendFeedback,
  log: Pick<Logger, 'warn'>,
): LearningDeps['tell'] {
  return async (signalId, { returnBps, market, exitReason }) => {
    try {
      const episodeId = await readEpisode(pool, signalId);
      if (episodeId === undefined) return;
      await send({ episodeId, returnBps, tags: { signal_id: signalId, market, exitReason } });
    } catch (error) {
      log.warn({ err: error, signalId }, 'the gateway was not told how the trade ended');
    }
  };
}
