import type { LegEnds } from '../domain/market/leg-ends.ts';
import type { SignalId } from '../domain/shared/ids.ts';
import { asActivityFailure } from './activity-failure.ts';

/** A trade that its workflow ends by itself: no other stage knows that it is over. */
export type AbandonedTrade = {
  readonly signalId: SignalId;
  readonly end: 'declined' | 'failed';
  readonly reasons: readonly string[];
};

export type AbandonDeps = {
  readonly legEnds: LegEnds;
  /** Ends the trade's row, unless it has ended already. */
  readonly recordAbandoned: (trade: AbandonedTrade) => Promise<void>;
};

export type AbandonActivities = ReturnType<typeof createAbandonActivities>;

export function createAbandonActivities({ legEnds, recordAbandoned }: AbandonDeps) {
  return {
    /** Repeats change nothing. */
    async abandon(trade: AbandonedTrade): Promise<void> {
      try {
        await recordAbandoned(trade);
        await legEnds.publish({ signalId: trade.signalId, leg: 'entry', end: trade.end });
      } catch (error) {
        throw asActivityFailure(error);
      }
    },
  };
}
