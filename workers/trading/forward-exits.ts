import type { LegEnds } from '../../domain/market/leg-ends.ts';
import type { ExitTrigger } from '../../domain/positions/exit-trigger.ts';
import { requestExit } from '../../temporal/messages.ts';
import type { TradeClient } from './trade-client.ts';

export type ForwardExitsDeps = {
  readonly trades: Pick<TradeClient, 'signal'>;
  readonly legEnds: LegEnds;
  readonly refreshClock: () => Promise<void>;
  readonly onGone: (trigger: ExitTrigger) => void;
};

/** Hands an exit to the trade that owns the position. */
export function createExitForwarder({ trades, legEnds, refreshClock, onGone }: ForwardExitsDeps) {
  return async (trigger: ExitTrigger): Promise<void> => {
    const [heard] = await Promise.all([
      trades.signal(trigger, requestExit, trigger),
      refreshClock(),
    ]);
    if (heard === 'delivered') return;
    // Nobody will close this leg, so the market clock must not wait for it.
    onGone(trigger);
    await legEnds.publish({ signalId: trigger.signalId, leg: 'exit', end: 'declined' });
  };
}
