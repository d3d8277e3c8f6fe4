import type { MemoryCollection, MemoryRecord } from '../../adapters/memory/chroma-memory.ts';
import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { regimeOf } from './regime.ts';

type Filed = { readonly collection: MemoryCollection; readonly record: MemoryRecord };

/** A state as it was when it came: its outcome is not known then and never written here. */
export function stateRecord(
  runId: RunId,
  { event, featureVersion, warmup }: MarketState,
  features: readonly number[],
): Filed {
  const { market, marketTimeMs, close, intervalMs } = event;
  return {
    collection: { family: 'market', featureVersion, market },
    record: {
      id: `${runId}/${market}@${marketTimeMs}`,
      vector: features,
      metadata: {
        run: runId,
        ts: marketTimeMs,
        price: close,
        intervalMs,
        warmup,
        regime: regimeOf(features),
        // The scaler streams: its version is that of the features, its state the past before ts.
        scalerVersion: featureVersion,
      },
    },
  };
}

/** What was thought of a candidate; how it ended is told later, by the labelling job alone. */
export function decisionRecord(candidate: Candidate, opinion: Opinion): Filed {
  const { signalId, runId, market, marketTimeMs, featureVersion, features, price } = candidate;
  return {
    collection: { family: 'decisions', featureVersion, market },
    record: {
      id: signalId,
      vector: features,
      metadata: {
        decisionId: signalId,
        run: runId,
        ts: marketTimeMs,
        price,
        screen: candidate.screen,
        direction: opinion.direction,
        known: opinion.known,
        // Raw and calibrated stay apart: the one is a rank, the other a probability.
        conviction: opinion.conviction,
        rawProbability: opinion.rawProbability,
        probability: opinion.probability,
        score: opinion.score,
        policy: opinion.policy,
        policyVersion: opinion.policyVersion,
        status: 'pending',
        provenance: 'brain',
      },
      document: opinion.reasons.join('\n'),
    },
  };
}
