import type { LegEnds } from '../../domain/market/leg-ends.ts';
import { settlementToWire, type Settlement } from '../../domain/settlement/settlement.ts';
import { splitPermitId, type MarketId, type PermitId } from '../../domain/shared/ids.ts';
import { reportSettlement } from '../../temporal/messages.ts';
import { repeat, type Repetition } from './repeat.ts';
import type { TradeClient } from './trade-client.ts';

export type SettlementWatchDeps = {
  /** Permits without an end, oldest first. */
  readonly readLive: () => Promise<readonly LivePermit[]>;
  /** Looks once at each; answers with those whose end is proven, and has recorded it. */
  readonly settleAll: (permitIds: readonly PermitId[]) => Promise<readonly Settlement[]>;
  readonly trades: Pick<TradeClient, 'signal'>;
  readonly legEnds: LegEnds;
  readonly onFault: (error: unknown) => void;
  readonly onSettled: (settlement: Settlement) => void;
};

export type LivePermit = { readonly permitId: PermitId; readonly market: MarketId };

/** While something is on its way, and while nothing is. */
const EVERY_MS = { live: 60, idle: 500 };

/** All live permits at once, again and again: one call to the chain, however many there are. */
export function startSettlementWatch(deps: SettlementWatchDeps): Repetition {
  const turn = async (): Promise<number> =>
    (await settleOnce(deps)) > 0 ? EVERY_MS.live : EVERY_MS.idle;
  return repeat(turn, EVERY_MS.idle, deps.onFault);
}

/** One look. Answers with how many were live. */
export async function settleOnce(deps: SettlementWatchDeps): Promise<number> {
  const live = await deps.readLive();
  if (live.length === 0) return 0;
  const marketOf = new Map(live.map(({ permitId, market }) => [permitId, market]));
  const settled = await deps.settleAll(live.map(({ permitId }) => permitId));
  await Promise.all(
    settled.map(async (settlement) => {
      const parts = splitPermitId(settlement.permitId);
      const market = marketOf.get(settlement.permitId);
      if (!parts || market === undefined) return;
      const { signalId, leg } = parts;
      deps.onSettled(settlement);
      await deps.legEnds.publish({ signalId, leg, end: settlement.kind });
      // Lost here? The workflow asks by itself each minute.
      await deps.trades.signal(
        { market, signalId },
        reportSettlement,
        settlementToWire(settlement),
      );
    }),
  );
  return live.length;
}
