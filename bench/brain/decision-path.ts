import { createStateV1 } from '../../adapters/features/state-v1.ts';
import { loadConfig } from '../../config/config.ts';
import { decide } from '../../domain/decision/decide.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { paperReserves } from '../../domain/execution/venues/paper-reserves.ts';
import type { CpmmPool } from '../../domain/execution/venues/raydium-cpmm.ts';
import { createMarketBrain } from '../../domain/learning/market-brain.ts';
import { parseDecimal } from '../../domain/shared/decimal.ts';
import { aPool } from '../../test/support/permits.ts';
import { createMarketTracks } from '../../workers/ingest/market-tracks.ts';
import { decisionSettingsOf } from '../../workers/trading/settings.ts';
import { inRounds, type BenchOptions, type Row } from '../system/bench.ts';
import { median, short } from '../system/spread.ts';
import { questionOf, syntheticMarket, type BenchMarket } from './market.ts';
import { recallNaively, type NaiveState } from './naive-memory.ts';

const BARS = { quick: 3_000, full: 10_000 };
/** A window over which one would compute indicators afresh with each bar. */
const WINDOW_BARS = 200;
/** The baseline is slow: it does a stretch from the middle of the same market. */
const BASELINE_BARS = 200;

type Rates = { readonly ours: number[]; readonly baseline: number[] };

/** How many bars a core takes in a second: processor time, so that other work does not count. */
export async function decisionPathRows(options: BenchOptions): Promise<readonly Row[]> {
  const bars = options.quick ? BARS.quick : BARS.full;
  const market = await syntheticMarket(bars);
  const features: Rates = { ours: [], baseline: [] };
  const whole: Rates = { ours: [], baseline: [] };
  const half = halfOf(market);
  await inRounds(options, async () => {
    features.ours.push(bars / cpuSeconds(() => readBars(market)));
    features.baseline.push(BASELINE_BARS / cpuSeconds(() => readAfresh(market)));
    whole.ours.push(bars / cpuSeconds(() => decideBars(market)));
    whole.baseline.push(BASELINE_BARS / cpuSeconds(() => rememberNaively(half)));
  });
  return [
    rowOf(features, {
      what: 'features and screens',
      goal: 20_000,
      plain: 'indicators anew over 200 bars',
      ratioMin: 10,
    }),
    // The baseline has nothing of the rest to do.
    rowOf(whole, {
      what: `opinion and decision at every bar of ${bars.toLocaleString('en-US')}`,
      goal: 3_000,
      plain: 'the memory sorted, nothing else',
      ratioMin: 2,
    }),
  ];
}

type RowFacts = {
  readonly what: string;
  readonly goal: number;
  readonly plain: string;
  readonly ratioMin: number;
};

function rowOf({ ours, baseline }: Rates, { what, goal, plain, ratioMin }: RowFacts): Row {
  const [mine, theirs] = [median(ours), median(baseline)];
  return {
    what,
    goal: `≥ ${goal.toLocaleString('en-US')} bars/s a core`,
    measured: `${short(mine)} bars/s`,
    baseline: `${short(theirs)} bars/s (${plain})`,
    ratio: `${short(mine / theirs)}x`,
    met: mine >= goal,
    gate: { asked: `at least ${ratioMin}x`, passed: mine / theirs >= ratioMin },
  };
}

const readBars = ({ market, facts, events }: BenchMarket) => {
  const tracks = createMarketTracks([market], facts);
  return events.map((event) => tracks.take(event));
};

function readAfresh({ market, events }: BenchMarket): void {
  const from = Math.floor(events.length / 2);
  for (let at = from; at < from + BASELINE_BARS; at++) {
    const stream = createStateV1(market.id);
    for (const event of events.slice(at - WINDOW_BARS, at + 1)) stream.add(event);
  }
}

/** The harder case than any run: every bar is asked about and decided, not only what a screen picks. */
function decideBars(bench: BenchMarket): void {
  const { market } = bench;
  const settings = decisionSettingsOf(loadConfig({}));
  const brain = createMarketBrain(market.id);
  const tracks = createMarketTracks([market], bench.facts);
  for (const event of bench.events) {
    const reading = tracks.take(event);
    const { features, featureVersion } = reading;
    brain.observe({ event, featureVersion, ...(features ? { features } : {}) });
    if (!features || brain.size() === 0) continue;
    const candidate = questionOf(reading, features);
    const opinion = brain.analyse(candidate);
    const pool = poolAt(event.close, bench);
    decide({
      ...{ candidate, opinion, market, pool, settings },
      lastEventMs: event.marketTimeMs,
    });
  }
}

/** What the memory holds at the middle of the market: as much as it does on average. */
function halfOf(bench: BenchMarket): readonly NaiveState[] {
  const half = Math.floor(bench.events.length / 2);
  return readBars({ ...bench, events: bench.events.slice(0, half) }).flatMap(
    ({ event, features }): NaiveState[] =>
      features ? [{ marketTimeMs: event.marketTimeMs, features, outcomeBps: 1 }] : [],
  );
}

function rememberNaively(states: readonly NaiveState[]): void {
  for (const { features } of states.slice(-BASELINE_BARS)) {
    recallNaively(states, features, FAST_POLICY.neighbours);
  }
}

function poolAt(price: string, { market }: BenchMarket): CpmmPool {
  const { base, quote } = paperReserves(parseDecimal(price, 'price'), market);
  const [vault0, vault1] = market.pool.baseIsToken0 ? [base, quote] : [quote, base];
  return aPool({ vault0, vault1 });
}

function cpuSeconds(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
