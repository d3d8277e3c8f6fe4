import type { LegEnd } from '../domain/market/feed.ts';
import type { SignalId } from '../domain/shared/ids.ts';
import { asActivityFailure } from './activity-failure.ts';

/** A trade that ended, for its row in the ledger. */
export type TradeEnding = {
  readonly signalId: SignalId;
  readonly end: 'declined' | 'refused' | 'failed' | 'expired' | 'closed';
  readonly why: readonly string[];
};

export type LegEndDeps = {
  readonly publishLegEnd: (end: LegEnd) => Promise<void>;
  readonly recordTradeEnd: (ending: TradeEnding) => Promise<void>;
};

export type LegEndActivities = ReturnType<typeof createLegEndActivities>;

/** What only the workflow knows has ended. Repeating either changes nothing. */
export function createLegEndActivities({ publishLegEnd, recordTradeEnd }: LegEndDeps) {
  return {
    /** Lets the market clock run on. */
    async endLeg(end: LegEnd): Promise<void> {
      await publishLegEnd(end).catch(rethrow);
    },
    async endTrade(ending: TradeEnding): Promise<void> {
      await recordTradeEnd(ending).catch(rethrow);
    },
  };
}

function rethrow(error: unknown): never {
  throw asActivityFailure(error);
}
