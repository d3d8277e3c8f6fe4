import type { PaperPools } from '../../adapters/chain/paper-pools.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import type { Moment } from '../../domain/market/moments.ts';
import { signalIdOf, type RunId } from '../../domain/shared/ids.ts';
import type { ExitTrigger } from '../../domain/positions/exit-trigger.ts';
import type { FeedReport } from './feed-report.ts';
import type { FeedStreams } from './feed-streams.ts';
import type { MarketTracks, Reading } from './market-tracks.ts';
import { persist, type StoppablePatience } from '../persist.ts';
import type { PositionWatch } from './position-watch.ts';
import type { RunningClock } from './running-clock.ts';
import { stateOf } from './warm-up.ts';

export type TradeDeps = {
  readonly runId: RunId;
  /** Values lamports where the feed has no SOL-USDC. */
  readonly solUsdc: string;
  readonly tracks: MarketTracks;
  readonly pools: PaperPools;
  readonly streams: Pick<FeedStreams, 'publishStates' | 'publishCandidates' | 'publishExits'>;
  readonly watch: Pick<PositionWatch, 'watch'>;
  readonly clock: RunningClock;
  /** Resolves once the clock's newest anchor is on the bus. */
  readonly anchorPublished: () => Promise<void>;
  readonly report: FeedReport;
  /** They are on the bus. */
  readonly onPublished: (legs: {
    readonly candidates: readonly Candidate[];
    readonly exits: readonly ExitTrigger[];
  }) => void;
  /** What was received so long ago is on the stream. */
  readonly onStreamed: (ns: number) => void;
  /** The moment is done: its candidates are out. */
  readonly onDone: (marketTimeMs: number) => void;
  /** True from when the run is to end: no new candidate. */
  readonly isEnding: () => boolean;
  readonly patience: StoppablePatience;
};

type Pass = { readonly poolSlot: number; readonly receivedNs: bigint };

/** Trades moment after moment, each at its time. Returns after the last one, or when stopped. */
export async function tradeMoments(
  first: Moment | undefined,
  moments: AsyncIterator<Moment>,
  deps: TradeDeps,
): Promise<void> {
  const { signal } = deps.patience;
  let lastMs = deps.clock.now();
  for (let moment = first; moment && !signal.aborted;) {
    await waitFor(moment, lastMs, deps);
    if (signal.aborted) return;
    await tradeMoment(moment, deps);
    lastMs = moment.marketTimeMs;
    const next = await moments.next();
    moment = next.done === true ? undefined : next.value;
  }
  // The last trades, too, meet the prices they were made for.
  await deps.clock.untilReleased();
}

async function waitFor(
  { marketTimeMs, events }: Moment,
  lastMs: number,
  { clock, tracks }: TradeDeps,
): Promise<void> {
  const intervalMs = Math.min(...events.map((event) => event.intervalMs));
  // No market has an event in between: not a moment of it is worth waiting for.
  const skip = marketTimeMs - lastMs > intervalMs;
  await clock.waitFor(marketTimeMs, { skip, lateMs: intervalMs / 2 });
  if (skip) tracks.jumpTo(marketTimeMs - intervalMs);
}

/** Pool first, then what is told of it: nobody may learn of a price that cannot be traded yet. */
async function tradeMoment({ marketTimeMs, events }: Moment, deps: TradeDeps): Promise<void> {
  const { clock, pools, streams, tracks, report } = deps;
  const receivedNs = process.hrtime.bigint();
  const readings = events.map((event) => tracks.take(event));
  const prices = readings.map(({ market, event }) => ({ market, price: event.close }));
  const poolSlot = await persist(() => pools.set(prices), deps.patience);

  const pass: Pass = { poolSlot, receivedNs };
  const candidates = deps.isEnding() ? [] : readings.flatMap((one) => candidateOf(one, pass, deps));
  for (const { signalId } of candidates) clock.hold(`${signalId}/entry`);
  const solPrice = tracks.solPrice() ?? deps.solUsdc;
  const exits = deps.watch.watch({ events, poolSlot, solPrice, receivedNs });
  await Promise.all([
    streams.publishStates(readings.map((reading) => stateOf(reading, false))),
    publishLegs(candidates, exits, deps),
  ]);
  deps.onStreamed(Number(process.hrtime.bigint() - receivedNs));

  deps.onDone(marketTimeMs);
  const { events: seen, candidates: made } = report.state();
  report.update({
    phase: phaseOf(tracks, marketTimeMs),
    warmedBars: tracks.warmedBars(),
    events: seen + events.length,
    candidates: made + candidates.length,
    marketTimeMs,
    legsInFlight: clock.legsInFlight(),
    staleMarkets: tracks.staleAt(marketTimeMs),
  });
}

async function publishLegs(
  candidates: readonly Candidate[],
  exits: readonly ExitTrigger[],
  { streams, anchorPublished, onPublished }: TradeDeps,
): Promise<void> {
  if (candidates.length === 0 && exits.length === 0) return;
  // By a clock that still runs fast a candidate would look stale to whoever gets it.
  await anchorPublished();
  await Promise.all([streams.publishCandidates(candidates), streams.publishExits(exits)]);
  onPublished({ candidates, exits });
}

export function phaseOf(
  tracks: MarketTracks,
  marketTimeMs: number,
): 'warming' | 'running' | 'stale' {
  if (tracks.staleAt(marketTimeMs).length > 0) return 'stale';
  return tracks.isWarm() ? 'running' : 'warming';
}

function candidateOf(
  { event, market, screen, features, featureVersion }: Reading,
  { poolSlot, receivedNs }: Pass,
  { runId, solUsdc, tracks }: TradeDeps,
): readonly Candidate[] {
  if (screen === undefined || !features) return [];
  const { marketTimeMs, close: price } = event;
  return [
    {
      signalId: signalIdOf(runId, market.id, screen, marketTimeMs),
      runId,
      market: market.id,
      screen,
      marketTimeMs,
      price,
      solPrice: tracks.solPrice() ?? solUsdc,
      featureVersion,
      features,
      poolSlot,
      memoryUpToMs: marketTimeMs,
      receivedNs: String(receivedNs),
    },
  ];
}
