import { FAST_POLICY } from '../analysis/fast-policy-settings.ts';
import { createStateMemory, type StateMemory } from '../analysis/state-memory.ts';

/** A state as a store has it. */
export type RememberedVector = {
  readonly marketTimeMs: number;
  readonly features: readonly number[];
  /** Both undefined while the market has not reached the horizon. */
  readonly outcomeBps: number | undefined;
  readonly resolvedMs: number | undefined;
};

/** The index of one market, built anew from what a store has of it, oldest first. */
export function rebuildMemory(states: readonly RememberedVector[]): StateMemory {
  const { neighbours, capacity } = FAST_POLICY;
  const dimensions = states[0]?.features.length ?? 0;
  const memory = createStateMemory({ dimensions, neighbours, capacity });
  for (const { marketTimeMs, features, outcomeBps, resolvedMs } of states) {
    const state = memory.add(marketTimeMs, features);
    if (outcomeBps !== undefined && resolvedMs !== undefined) {
      memory.resolve(state, outcomeBps, resolvedMs);
    }
  }
  return memory;
}

/** How many of the questions two memories answer differently: other neighbours, distances or outcomes. */
export function differingAnswers(
  [one, other]: readonly [StateMemory, StateMemory],
  questions: readonly Pick<RememberedVector, 'marketTimeMs' | 'features'>[],
): number {
  const answerOf = (
    memory: StateMemory,
    { marketTimeMs: upToMs, features }: (typeof questions)[0],
  ) => JSON.stringify(memory.recall({ features, upToMs })?.nearest);
  return questions.filter((question) => answerOf(one, question) !== answerOf(other, question))
    .length;
}
