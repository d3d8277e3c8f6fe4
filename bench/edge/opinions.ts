import type { Opinion } from '../../domain/analysis/opinion.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { createLabeller } from '../../domain/learning/label-states.ts';
import { createMarketBrain } from '../../domain/learning/market-brain.ts';
import type { Candidate } from '../../domain/market/candidate.ts';
import { signalIdOf } from '../../domain/shared/ids.ts';
import type { Reading } from '../../workers/ingest/market-tracks.ts';
import type { Recording } from './recording.ts';

/** What the brain said of a candidate. */
export type Analysed = {
  /** Number of the bar that made the candidate. */
  readonly at: number;
  readonly candidate: Candidate;
  readonly opinion: Opinion;
};

const RUN = 'edge';

/**
 * The shipped brain hears every bar in order and is asked about every candidate after the warm-up.
 * `memoryCloses` replaces the path on which its memories' outcomes are measured, and nothing else.
 */
export function hearOpinions(
  recording: Recording,
  solUsdc: string,
  memoryCloses?: readonly string[],
): readonly Analysed[] {
  const { market, readings, warmupEndMs } = recording;
  const brain = createMarketBrain(market.id);
  const analysed: Analysed[] = [];
  for (const [at, reading] of readings.entries()) {
    const { event, features, featureVersion } = reading;
    const close = memoryCloses?.[at] ?? event.close;
    const warmup = event.marketTimeMs <= warmupEndMs;
    const state = { event: { ...event, close }, featureVersion, warmup };
    brain.observe(features ? { ...state, features } : state);
    const candidate = warmup ? undefined : candidateOf(reading, solUsdc);
    if (candidate) analysed.push({ at, candidate, opinion: brain.analyse(candidate) });
  }
  return analysed;
}

/** What the market did over the horizon after each bar, bps; undefined where that is not known. */
export function outcomesOf({ readings, intervalMs }: Recording): readonly (number | undefined)[] {
  const labeller = createLabeller(FAST_POLICY.horizonBars * intervalMs, intervalMs);
  const outcomes: (number | undefined)[] = readings.map(() => undefined);
  for (const [at, { event }] of readings.entries()) {
    const bar = { marketTimeMs: event.marketTimeMs, close: Number(event.close) };
    for (const { state, outcomeBps } of labeller.add(bar)) outcomes[state] = outcomeBps;
    labeller.watch(at);
  }
  return outcomes;
}

/** As ingest makes it; there is no pool slot to wait for and no host clock. */
function candidateOf(reading: Reading, solUsdc: string): Candidate | undefined {
  const { event, market, screen, features, featureVersion } = reading;
  if (screen === undefined || !features) return undefined;
  const { marketTimeMs, close } = event;
  return {
    signalId: signalIdOf(RUN, market.id, screen, marketTimeMs),
    runId: RUN,
    market: market.id,
    screen,
    marketTimeMs,
    price: close,
    solPrice: market.id === 'SOL-USDC' ? close : solUsdc,
    featureVersion,
    features,
    poolSlot: 0,
    memoryUpToMs: marketTimeMs,
    receivedNs: '0',
  };
}
