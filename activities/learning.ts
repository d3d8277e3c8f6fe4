import { outcomeOf, type OutcomeLedger } from '../domain/learning/outcome-of.ts';
import { outcomeToWire, type Outcome } from '../domain/learning/outcome.ts';
import type { SignalId } from '../domain/shared/ids.ts';
import type { Wire } from '../domain/shared/wire.ts';
import { asActivityFailure } from './activity-failure.ts';

export type LearningActivities = ReturnType<typeof createLearningActivities>;

export type LearningDeps = {
  readonly outcomes: OutcomeLedger;
  /** Tells whoever else wants to know. Never rejects: what is learnt is learnt all the same. */
  readonly tell: (signalId: SignalId, outcome: Outcome) => Promise<void>;
};

export function createLearningActivities({ outcomes, tell }: LearningDeps) {
  return {
    /** Undefined where the trade closed no position. Safe to repeat: the first outcome stands. */
    async learn(signalId: SignalId): Promise<Wire<Outcome> | undefined> {
      try {
        const closed = await outcomes.readClosedPosition(signalId);
        if (!closed) return undefined;
        const outcome = await outcomes.recordOutcome(outcomeOf(closed), closed);
        await tell(signalId, outcome);
        return outcomeToWire(outcome);
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
