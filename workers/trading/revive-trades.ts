import type { MarketId, SignalId } from '../../domain/shared/ids.ts';
import { revivedTrade, type UnfinishedTrade } from '../../temporal/revived-trade.ts';
import type { TradeSetting } from '../../temporal/trade-facts.ts';
import { repeat, type Repetition } from './repeat.ts';
import type { TradeClient } from './trade-client.ts';

type TradeRef = { readonly market: MarketId; readonly signalId: SignalId };

export type ReviveTradesDeps = {
  readonly holdsLock: () => Promise<boolean>;
  /** Trades with a position that is held, or with a permit without a proven end. */
  readonly list: () => Promise<readonly TradeRef[]>;
  /** Undefined where it has come to its end meanwhile. */
  readonly read: (signalId: SignalId) => Promise<UnfinishedTrade | undefined>;
  readonly settingOf: (market: MarketId) => TradeSetting | undefined;
  readonly trades: Pick<TradeClient, 'isRunning' | 'revive'>;
  readonly onRevived: (trade: TradeRef) => void;
  readonly onFault: (error: unknown) => void;
};

const EVERY_MS = 60_000;
const AGAIN_MS = 5_000;

/** At start and each minute: what is open in the ledger must have a workflow that carries it on. */
export function startTradeReviver(deps: ReviveTradesDeps): Repetition {
  return repeat(() => reviveOnce(deps), AGAIN_MS, deps.onFault);
}

/** Answers with the pause before the next look. */
export async function reviveOnce(deps: ReviveTradesDeps): Promise<number> {
  const { holdsLock, list, read, settingOf, trades, onRevived } = deps;
  if (!(await holdsLock())) return AGAIN_MS;
  for (const ref of await list()) {
    if (await trades.isRunning(ref)) continue;
    // Read after the look: a workflow that ended because its trade did has written so before.
    const unfinished = await read(ref.signalId);
    const setting = settingOf(ref.market);
    const facts = unfinished && setting && revivedTrade(unfinished, setting);
    if (facts && (await trades.revive(facts)) === 'revived') onRevived(ref);
  }
  return EVERY_MS;
}
