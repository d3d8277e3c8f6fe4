import { outcomeOf, type OutcomeLedger } from '../domain/learning/outcome-of.ts';
import { outcomeToWire, type Outcome } from '../domain/learning/outcome.ts';
import type { SignalId } from '../domain/shared/ids.ts';
import type { Wire } from '../domain/shared/wire.ts';
import { asActivityFailure } from './activity-failure.ts';

export type LearningActivities = ReturnType<typeof createLearningActivities>;

export function createLearningActivities({ outcomes }: { readonly outcomes: OutcomeLedger }) {
  return {
    /** Undefined where the trade closed no position. Safe to repeat: the first outcome stands. */
    async learn(signalId: SignalId): Promise<Wire<Outcome> | undefined> {
      try {
        const closed = await outcomes.readClosedPosition(signalId);
        if (!closed) return undefined;
        return outcomeToWire(await outcomes.recordOutcome(outcomeOf(closed), closed));
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
