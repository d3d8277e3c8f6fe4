import {
  stateRecordId,
  type MemoryCollection,
  type MemoryRecord,
} from '../../adapters/memory/chroma-memory.ts';
import type { Opinion } from '../../domain/analysis/opinion.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import { regimeOf } from './regime.ts';

export type Filed = { readonly collection: MemoryCollection; readonly record: MemoryRecord };

/** What the ledger keeps of a state, too: a record can be made of it again. */
export type FiledState = {
  readonly market: MarketId;
  readonly marketTimeMs: number;
  readonly featureVersion: string;
  readonly close: string;
  readonly features: readonly number[];
};

/** A state as it was when it came: its outcome is not known then and never written here. */
export function stateRecord(runId: RunId, state: FiledState): Filed {
  const { market, marketTimeMs, featureVersion, close, features } = state;
  return {
    collection: { family: 'market', featureVersion, market },
    record: {
      id: stateRecordId(runId, state),
      vector: features,
      metadata: {
        run: runId,
        ts: marketTimeMs,
        price: close,
        regime: regimeOf(features),
        // The scaler streams: its version is that of the features, its state the past before ts.
        scalerVersion: featureVersion,
      },
    },
  };
}

/** What was thought of a candidate; what came of it is told later, by the labelling job alone. */
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
