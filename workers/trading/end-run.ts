import type { MarketId, SignalId } from '../../domain/shared/ids.ts';
import { endRun } from '../../temporal/messages.ts';
import type { TradeClient } from './trade-client.ts';
import { repeat, type Repetition } from './repeat.ts';

export type EndRunDeps = {
  readonly isEnding: () => Promise<boolean>;
  /** Trades that have not ended and got no permit. */
  readonly readWithoutPermit: () => Promise<
    readonly { readonly market: MarketId; readonly signalId: SignalId }[]
  >;
  readonly trades: Pick<TradeClient, 'signal'>;
  readonly onFault: (error: unknown) => void;
};

const EVERY_MS = 500;

/** Ends what has no permit yet, when the run is to end. What has one is carried to its end. */
export function startRunEnder(deps: EndRunDeps): Repetition {
  const turn = (): Promise<number> => endOnce(deps).then(() => EVERY_MS);
  return repeat(turn, EVERY_MS, deps.onFault);
}

export async function endOnce({ isEnding, readWithoutPermit, trades }: EndRunDeps): Promise<void> {
  if (!(await isEnding())) return;
  for (const trade of await readWithoutPermit()) await trades.signal(trade, endRun);
}
