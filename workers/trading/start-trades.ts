import type { Candidate } from '../../domain/market/candidate.ts';
import type { LegEnds } from '../../domain/market/leg-ends.ts';
import type { Market } from '../../domain/market/market.ts';
import type { MarketId, RunId } from '../../domain/shared/ids.ts';
import type { TradeSetting } from '../../temporal/trade-facts.ts';
import { settingOf, type TradeExtras } from './trade-setting.ts';
import type { TradeClient } from './trade-client.ts';

export type StartTradesDeps = {
  readonly trades: Pick<TradeClient, 'start'>;
  readonly legEnds: LegEnds;
  /** Makes the trade's row; a repeat changes nothing. */
  readonly openTrade: (candidate: Candidate) => Promise<void>;
  readonly refreshClock: () => Promise<void>;
  readonly marketOf: (id: MarketId) => Market | undefined;
  readonly mode: TradeSetting['mode'];
  /** Asked for each trade: an operator may have been added since. */
  readonly extras: () => TradeExtras;
  /** Undefined: candidates of every run. */
  readonly runId: RunId | undefined;
  readonly onStarted: (how: 'eager' | 'queued' | 'exists', candidate: Candidate) => void;
  readonly onSkipped: (why: string, candidate: Candidate) => void;
};

/** Starts the trade of one candidate. Resolves when the candidate needs no second look. */
export function createTradeStarter(deps: StartTradesDeps) {
  const { trades, legEnds, marketOf, mode, runId } = deps;
  return async (candidate: Candidate): Promise<void> => {
    const { signalId } = candidate;
    const market = marketOf(candidate.market);
    // Left over from an earlier run, or a market that this run does not trade: it moves no clock.
    if (!market || (runId !== undefined && candidate.runId !== runId)) {
      deps.onSkipped(market ? 'of another run' : 'unknown market', candidate);
      return;
    }
    // The row first: every later stage writes into it. The clock beside it, because ingest has
    // slowed it down for this candidate, and a fast clock would make the candidate look stale.
    await Promise.all([deps.openTrade(candidate), deps.refreshClock()]);
    const how = await trades.start(candidate, settingOf(market, mode, deps.extras()));
    deps.onStarted(how, candidate);
    // Its first start has told or will tell the end, but maybe to an ingest that is gone.
    if (how === 'exists') await legEnds.publish({ signalId, leg: 'entry', end: 'declined' });
  };
}
