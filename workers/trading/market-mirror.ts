import type { BusConnection } from '../../adapters/bus/connect.ts';
import { readJson } from '../../adapters/bus/json-keys.ts';
import { entriesOf, valueOf } from '../../adapters/bus/stream-entry.ts';
import { readFrom, type StreamReader } from '../../adapters/bus/stream-reader.ts';
import { CLOCK_KEY, STREAMS } from '../../adapters/bus/stream-names.ts';
import { marketNow, type ClockAnchor, type MarketState } from '../../domain/market/feed.ts';
import type { MarketId } from '../../domain/shared/ids.ts';
import { repeat } from './repeat.ts';
import type { MarketView } from '../../domain/risk/risk-ledger.ts';

export type MarketMirror = MarketView & {
  readonly newestState: (market: MarketId) => MarketState | undefined;
  readonly anchor: () => ClockAnchor | undefined;
  /** Reads the anchor again: a candidate has just slowed the clock down. */
  refreshClock(): Promise<void>;
  stop(): Promise<void>;
};

type MirrorOptions = {
  readonly connection: BusConnection;
  /** The reader's own. */
  readonly blocking: BusConnection;
  readonly onFault: (error: unknown) => void;
};

const CLOCK_EVERY_MS = 200;
/** Enough to meet each market once in the newest part of the stream. */
const SEED_ENTRIES = 256;

/** The newest event of each market, and the market's clock, as this process sees them. */
export async function createMarketMirror(options: MirrorOptions): Promise<MarketMirror> {
  const { connection, blocking, onFault } = options;
  const newest = new Map<MarketId, MarketState>();
  let anchor: ClockAnchor | undefined;

  // The last one in the stream, not the one with the highest time: a new run begins earlier again.
  const take = (state: MarketState): void => void newest.set(state.event.market, state);
  const refreshClock = async (): Promise<void> => {
    anchor = (await readJson<ClockAnchor>(connection, CLOCK_KEY)) ?? anchor;
  };

  const { key } = STREAMS.market;
  const recent = await connection.xrevrange(key, '+', '-', 'COUNT', SEED_ENTRIES);
  const seeds = entriesOf([[key, recent.toReversed()]]);
  for (const entry of seeds) take(valueOf<MarketState>(key, entry, 'e'));
  await refreshClock();

  const reader: StreamReader = readFrom({
    connection: blocking,
    stream: key,
    fromId: seeds.at(-1)?.id ?? '0-0',
    onEntry: (entry) => take(valueOf<MarketState>(key, entry, 'e')),
    onFault,
  });
  const turn = (): Promise<number> => refreshClock().then(() => CLOCK_EVERY_MS);
  const clock = repeat(turn, CLOCK_EVERY_MS, onFault);

  return {
    newestState: (market) => newest.get(market),
    newest(market) {
      const event = newest.get(market)?.event;
      if (!event) return undefined;
      const { close, marketTimeMs, intervalMs } = event;
      return { price: close, marketTimeMs, intervalMs };
    },
    nowMs: () => (anchor ? Math.floor(marketNow(anchor, Date.now())) : undefined),
    anchor: () => anchor,
    refreshClock,
    async stop() {
      await clock.stop();
      await reader.stop();
    },
  };
}
