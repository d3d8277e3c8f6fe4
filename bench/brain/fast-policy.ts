import { RANKED_STATES_MAX } from '../../domain/analysis/conviction.ts';
import { FAST_POLICY } from '../../domain/analysis/fast-policy-settings.ts';
import { formOpinion } from '../../domain/analysis/fast-policy.ts';
import { calibrate, PRIOR_CALIBRATION } from '../../domain/analysis/platt.ts';
import { createMarketBrain, type StateReading } from '../../domain/learning/market-brain.ts';
import { createMarketTracks, type Reading } from '../../workers/ingest/market-tracks.ts';
import { inRounds, type BenchOptions, type Row } from '../system/bench.ts';
import { medianRound, msText, timesText } from '../system/spread.ts';
import { questionOf, syntheticMarket } from './market.ts';
import { recallNaively, type NaiveState } from './naive-memory.ts';

const MEMORIES = 20_000;
/** Bars before the first state with features, and after the last one with an outcome. */
const OTHER_BARS = 260;
const QUESTIONS = { quick: 60, full: 300 };
const READING: StateReading = { strength: 0.5, distanceToMemory: 5, thought: undefined };

/** One opinion, memory included: the shipped brain against a sort of the same memories. */
export async function fastPolicyRow(options: BenchOptions): Promise<Row> {
  const { market, facts, events } = await syntheticMarket(MEMORIES + OTHER_BARS);
  const tracks = createMarketTracks([market], facts);
  const brain = createMarketBrain(market.id);
  const readings = events.map((event) => tracks.take(event));
  const naive = readings.flatMap(remembered);
  // What an earlier life found spares the look through the memory, so that it fills in a second.
  for (const { event, features, featureVersion } of readings) {
    brain.observe({ event, featureVersion, ...(features ? { features } : {}) }, READING);
  }
  const last = readings.at(-1);
  const { features } = last ?? {};
  if (!last || !features) throw new Error('the last bar has no features');

  const ours: number[][] = [];
  const baseline: number[][] = [];
  const questions = options.quick ? QUESTIONS.quick : QUESTIONS.full;
  await inRounds(options, async () => {
    const [mine, plain]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < questions; turn++) {
      // Another question each time, or the processor would have learnt the one.
      const asked = features.map((value, at) => value + ((turn * 7 + at) % 11) / 20);
      mine.push(timed(() => brain.analyse(questionOf(last, asked))));
      plain.push(timed(() => opinionByASort(naive, last, asked)));
    }
    ours.push(mine);
    baseline.push(plain);
  });
  const [mine, plain] = [medianRound(ours), medianRound(baseline)];
  return {
    what: `fast policy, ${brain.size().toLocaleString('en-US')} memories`,
    goal: 'p99 ≤ 15 ms',
    measured: msText(mine),
    baseline: `${msText(plain)} (objects, sorted)`,
    ratio: timesText(mine, plain),
    met: mine.p99 <= 15,
    gate: { asked: 'p50 at least 4x', passed: plain.p50 / mine.p50 >= 4 },
  };
}

function remembered({ event, features }: Reading): readonly NaiveState[] {
  if (!features) return [];
  const { marketTimeMs } = event;
  return [{ marketTimeMs, features, outcomeBps: ((marketTimeMs / 60_000) % 41) - 20 }];
}

function opinionByASort(states: readonly NaiveState[], { event }: Reading, asked: number[]) {
  const { market, marketTimeMs, intervalMs } = event;
  return formOpinion({
    ...{ market, marketTimeMs, intervalMs },
    recall: recallNaively(states, asked, FAST_POLICY.neighbours),
    earlier: Array.from({ length: RANKED_STATES_MAX }, (_, at) => at / RANKED_STATES_MAX),
    calibrate: (_direction, raw) => ({
      ...PRIOR_CALIBRATION,
      probability: calibrate(PRIOR_CALIBRATION, raw),
    }),
  });
}

function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}
