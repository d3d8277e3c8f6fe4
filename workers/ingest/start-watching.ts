import { readJson, writeJson } from '../../adapters/bus/json-keys.ts';
import { valueOf, type StreamEntry } from '../../adapters/bus/stream-entry.ts';
import { CLOCK_KEY, RUN_ENDING_KEY, STREAMS } from '../../adapters/bus/stream-names.ts';
import { readFrom } from '../../adapters/bus/stream-reader.ts';
import type { ClockAnchor, LegEnd } from '../../domain/market/feed.ts';
import { resultsOf } from '../../domain/positions/loss-rules.ts';
import type { PriceScale } from '../../domain/positions/watch-rules.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { MarketId, SignalId } from '../../domain/shared/ids.ts';
import type { ProcessContext } from '../run-process.ts';
import { repeat } from '../trading/repeat.ts';
import { listenForChanges } from './change-listener.ts';
import { createLatestWriter } from './latest-writer.ts';
import { createLossGuard } from './loss-guard.ts';
import type { Parts } from './open-parts.ts';
import { persist } from '../persist.ts';
import { createPositionWatch, type PositionWatch } from './position-watch.ts';
import { createRunningClock, type RunningClock } from './running-clock.ts';
import { phaseOf } from './trade-moments.ts';

/** How often the end of the run is looked for and what is open is asked to close. */
const BEAT_MS = 250;
const BEATS_PER_REPEAT = 4;
/** A lost notification is made up for by then. */
const BEATS_PER_RELOAD = 8;
/** How often high-water marks are stored at most. */
const STORE_GAP_MS = 500;

export type Watching = {
  readonly clock: RunningClock;
  readonly watch: PositionWatch;
  readonly anchorPublished: () => Promise<void>;
  readonly isEnding: () => boolean;
};

/** The market clock, and whoever moves it: legs in flight, open positions, the end of the run. */
export async function startWatching(
  context: ProcessContext,
  parts: Parts,
  beginMs: number,
): Promise<Watching> {
  const { onStop } = context;
  const { bus, ledger, onFault, patience, stop } = parts;
  const anchors = createLatestWriter<ClockAnchor>(
    (anchor) => writeJson(bus, CLOCK_KEY, anchor),
    onFault('clock'),
  );
  const clock = createRunningClock({ speed: parts.speed, marketMs: beginMs, publish: anchors.set });
  onStop('clock', () => clock.stop());
  const watch = openWatch(context, parts, clock);
  const changes = listenForChanges(
    parts.databaseUrl,
    ['overmind_positions', 'overmind_control'],
    () => void watch.reload().catch(onFault('positions')),
  );
  onStop('changes', () => changes.stop());

  await followLegs(context, parts, { clock, watch });
  // After the reader knows where it begins: no end can fall between the two.
  for (const leg of await persist(() => ledger.readLiveLegs(), patience)) clock.hold(leg);
  await persist(() => watch.reload(), patience);
  const isEnding = startBeat(context, parts, { clock, watch, anchorPublished: anchors.flushed });
  // Once more, because the last one added stops first: then nobody above waits for a store.
  onStop('waits', () => stop.abort());
  return { clock, watch, anchorPublished: anchors.flushed, isEnding };
}

function openWatch(
  { config, log }: ProcessContext,
  { runId, markets, ledger, report, onFault, patience }: Parts,
  clock: RunningClock,
): PositionWatch {
  // Asked only of markets that have a price, which are those of the feed.
  const scaleOf = (id: MarketId): PriceScale => {
    const market = markets.get(id);
    if (!market) throw new OvermindError('market/unknown', { market: id, known: 'the feed' });
    return { baseDecimals: market.base.decimals, quoteDecimals: market.quote.decimals };
  };
  const highs = new Map<SignalId, string>();
  const highWriter = createLatestWriter<ReadonlyMap<SignalId, string>>(
    async (raised) => {
      for (const [signalId, price] of raised) {
        await ledger.recordHighWater(signalId, price);
        // It may have risen meanwhile.
        if (highs.get(signalId) === price) highs.delete(signalId);
      }
    },
    onFault('high water'),
    STORE_GAP_MS,
  );
  const guard = createLossGuard({
    ledger,
    limits: config.risk,
    inBackground: (work) =>
      void persist(work, patience).catch((error: unknown) => {
        if (!patience.signal.aborted) log.error({ err: error }, 'loss limit was not recorded');
      }),
    onLatched: (what, reason) => log.warn({ what, reason }, 'loss limit passed'),
  });
  return createPositionWatch({
    runId,
    readRecord: () => ledger.readWatchRecord(),
    scaleOf,
    clock,
    onHigh(signalId, price) {
      highs.set(signalId, price);
      highWriter.set(highs);
    },
    onValued(view, halted) {
      const { openPnl } = view;
      const results = { open: String(openPnl), today: String(resultsOf(view).today) };
      report.update({ results });
      return guard(view, halted);
    },
  });
}

async function followLegs(
  { log, onStop }: ProcessContext,
  { openReader, streams, patience, report, onFault }: Parts,
  { clock, watch }: Pick<Watching, 'clock' | 'watch'>,
): Promise<void> {
  const { key } = STREAMS.legs;
  const endOf = (entry: StreamEntry): LegEnd | undefined => {
    try {
      return valueOf<LegEnd>(key, entry, 'l');
    } catch (error) {
      log.error({ entryId: entry.id, err: error }, 'leg end was unreadable');
      return undefined;
    }
  };
  const reader = readFrom({
    connection: await persist(() => openReader('legs'), patience),
    stream: key,
    fromId: await streams.readLastLegId(),
    onFault: onFault('legs'),
    async onEntry(entry) {
      const end = endOf(entry);
      if (!end) return;
      // Before the clock runs on: the next event must meet the position that this leg made.
      if (end.leg === 'exit' || end.end === 'landed') await persist(() => watch.reload(), patience);
      watch.onLegEnd(end);
      report.update({ legsInFlight: clock.legsInFlight() });
    },
  });
  onStop('legs', () => reader.stop());
}

/** Goes on after the feed's end, until the process stops. Answers with how the run's end is seen. */
function startBeat(
  { onStop }: ProcessContext,
  { bus, streams, tracks, report, publishing, onFault }: Parts,
  { clock, watch, anchorPublished }: Omit<Watching, 'isEnding'>,
): () => boolean {
  let ending = false;
  let beats = 0;
  const closeAll = async (): Promise<void> => {
    const exits = watch.close(Date.now(), process.hrtime.bigint());
    if (exits.length === 0) return;
    await anchorPublished();
    await streams.publishExits(exits);
  };
  const turn = async (): Promise<number> => {
    beats += 1;
    if (beats % BEATS_PER_RELOAD === 0) void watch.reload().catch(onFault('positions'));
    if (beats % BEATS_PER_REPEAT === 0) {
      const { count, sumUs, buckets } = publishing.read();
      report.update({ publishing: { count, sumUs, buckets } });
      report.repeat();
    }
    if (report.state().phase !== 'ended') {
      const nowMs = clock.now();
      report.update({ phase: phaseOf(tracks, nowMs), staleMarkets: tracks.staleAt(nowMs) });
    }
    report.update({ legsInFlight: clock.legsInFlight() });
    ending ||= (await readJson<number>(bus, RUN_ENDING_KEY)) === 1;
    if (ending) await closeAll();
    return BEAT_MS;
  };
  const beat = repeat(turn, BEAT_MS, onFault('beat'));
  onStop('beat', () => beat.stop());
  return () => ending;
}
