import {
  stateRecordId,
  type MemoryCollection,
  type MemoryOutcome,
} from '../../adapters/memory/chroma-memory.ts';
import { memoryIdOf } from '../../domain/analysis/memory-id.ts';
import type { Observation } from '../../domain/learning/market-brain.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import type { Filed, FiledState } from './memory-records.ts';
import { createPatternRecords } from './pattern-records.ts';

/** An outcome of a record that is or will be there before it. */
export type FiledOutcome = {
  readonly collection: MemoryCollection;
  readonly outcome: MemoryOutcome;
};

type Decided = Pick<Candidate, 'signalId' | 'market' | 'marketTimeMs'>;

/**
 * The labelling job: the only one that says what became of a state, of the decisions made in it, and
 * of a day's states together.
 */
export type MemoryLabeller = {
  /** A state whose outcome is to come. */
  watch(state: FiledState): void;
  /** A decision that waits for the outcome of its state. */
  await(decided: Decided): void;
  /** What the event made known. */
  label(
    market: MarketId,
    labels: Observation['labels'],
  ): { readonly outcomes: readonly FiledOutcome[]; readonly patterns: readonly Filed[] };
  /** The market's memory begins anew. */
  rewind(market: MarketId): void;
};

export function createMemoryLabeller(runId: RunId): MemoryLabeller {
  const unresolved = new Map<MarketId, Map<number, FiledState>>();
  const decisions = new Map<string, Set<string>>();
  const days = createPatternRecords(runId);

  const take = (market: MarketId, marketTimeMs: number): FiledState | undefined => {
    const states = unresolved.get(market);
    const state = states?.get(marketTimeMs);
    // Labels come in the order of their states: what is older has lost its outcome in a gap.
    for (const time of states?.keys() ?? []) {
      if (time > marketTimeMs) break;
      states?.delete(time);
    }
    return state;
  };

  return {
    watch(state) {
      const states = unresolved.get(state.market) ?? new Map<number, FiledState>();
      unresolved.set(state.market, states.set(state.marketTimeMs, state));
    },
    await({ signalId, market, marketTimeMs }) {
      const key = memoryIdOf(market, marketTimeMs);
      decisions.set(key, (decisions.get(key) ?? new Set()).add(signalId));
    },
    label(market, labels) {
      const outcomes: FiledOutcome[] = [];
      const patterns: Filed[] = [];
      for (const { marketTimeMs, outcomeBps, resolvedMs } of labels) {
        const state = take(market, marketTimeMs);
        if (!state) continue;
        const { featureVersion } = state;
        const known = { outcomeBps, resolvedMs };
        const file = (family: 'market' | 'decisions', id: string): void =>
          void outcomes.push({
            collection: { family, featureVersion, market },
            outcome: { id, ...known },
          });
        file('market', stateRecordId(runId, state));
        const key = memoryIdOf(market, marketTimeMs);
        for (const signalId of decisions.get(key) ?? []) file('decisions', signalId);
        decisions.delete(key);
        patterns.push(...days.add(state, outcomeBps));
      }
      return { outcomes, patterns };
    },
    rewind(market) {
      unresolved.delete(market);
      days.rewind(market);
    },
  };
}
