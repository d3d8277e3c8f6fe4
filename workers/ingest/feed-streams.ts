import type { BusConnection } from '../../adapters/bus/connect.ts';
import { asBusError, createStreamWriter } from '../../adapters/bus/stream-writer.ts';
import { entriesOf, valueOf } from '../../adapters/bus/stream-entry.ts';
import { MARKET_RUN_KEY, STREAMS } from '../../adapters/bus/stream-names.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { MarketState } from '../../domain/market/feed.ts';
import type { ExitTrigger } from '../../domain/positions/exit-trigger.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import { persist, type StoppablePatience } from '../persist.ts';

export type FeedStreams = Awaited<ReturnType<typeof openFeedStreams>>;

/**
 * What ingest puts on the bus. Each call resolves once it is there, however long the bus is away.
 * States that an earlier life of this run has published are not published again.
 */
export async function openFeedStreams(
  connection: BusConnection,
  runId: RunId,
  patience: StoppablePatience,
) {
  const writer = createStreamWriter(connection);

  const newestOf = async (key: string) => {
    const last = await connection.xrevrange(key, '+', '-', 'COUNT', 1).catch((cause: unknown) => {
      throw asBusError(`XREVRANGE ${key}`, cause);
    });
    return entriesOf([[key, last]])[0];
  };
  const published = await persist(async () => {
    const { key } = STREAMS.market;
    const run = await connection.get(MARKET_RUN_KEY).catch((cause: unknown) => {
      throw asBusError(`GET ${MARKET_RUN_KEY}`, cause);
    });
    if (run !== runId) {
      // In one step, so that the bus keeps or loses both: of another run's stream nothing is ours.
      const emptied = connection.multi().del(key).set(MARKET_RUN_KEY, runId).exec();
      await emptied.catch((cause: unknown) => {
        throw asBusError(`SET ${MARKET_RUN_KEY}`, cause);
      });
      return undefined;
    }
    const entry = await newestOf(key);
    return entry && valueOf<MarketState>(key, entry, 'e');
  }, patience);

  return {
    /** Where to read the ends of legs from: what comes after now. */
    readLastLegId: () =>
      persist(async () => (await newestOf(STREAMS.legs.key))?.id ?? '0-0', patience),

    /** In order and once each: whoever reads them builds a memory of them. */
    async publishStates(states: readonly MarketState[]): Promise<void> {
      const wanted = published ? states.filter((state) => isAfter(state, published)) : states;
      if (wanted.length === 0) return;
      let texts = wanted.map((state) => JSON.stringify(state));
      let isRepeat = false;
      await persist(async () => {
        // After a lost answer some may be there. Each text is another moment, so that the last one
        // in the stream tells how far it came.
        const last = isRepeat ? (await newestOf(STREAMS.market.key))?.fields['e'] : undefined;
        texts = texts.slice(texts.lastIndexOf(last ?? '') + 1);
        isRepeat = true;
        await writer.appendAll(
          STREAMS.market,
          texts.map((e) => ({ e })),
        );
      }, patience);
    },

    /** Maybe twice after a lost answer, which the trade's id makes harmless. */
    async publishCandidates(candidates: readonly Candidate[]): Promise<void> {
      if (candidates.length === 0) return;
      const entries = candidates.map((candidate) => ({ c: JSON.stringify(candidate) }));
      await persist(() => writer.appendAll(STREAMS.candidates, entries), patience);
    },

    /** Maybe twice: a trade that is asked to exit exits once. */
    async publishExits(triggers: readonly ExitTrigger[]): Promise<void> {
      if (triggers.length === 0) return;
      const entries = triggers.map((trigger) => ({ x: JSON.stringify(trigger) }));
      await persist(() => writer.appendAll(STREAMS.exits, entries), patience);
    },
  };
}

function isAfter({ event }: MarketState, { event: last }: MarketState): boolean {
  return event.marketTimeMs === last.marketTimeMs
    ? event.market > last.market
    : event.marketTimeMs > last.marketTimeMs;
}
