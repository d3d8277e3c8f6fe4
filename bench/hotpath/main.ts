import { availableParallelism } from 'node:os';
import { median, percent, times } from '../shared/figures.ts';
import { readUsage, usedBetween } from '../shared/machine.ts';
import { createRound, startCollector, type Collector, type Round } from './collect.ts';
import {
  measureBurst,
  measurePaced,
  measureSustained,
  whileLoaded,
  type PerSide,
} from './measure.ts';
import { SIDES, type Side } from './names.ts';
import { openBench, type Bench } from './open-bench.ts';
import { readOptions, type Options } from './options.ts';
import { measureRecording } from './recording.ts';
import { gatesOf, refusedShare, type Results } from './results.ts';
import { tableOf } from './table.ts';
import { writeDocs } from './write-docs.ts';

/** All sides are compiled and connected before anything counts; the first permits are apart. */
const WARM_UP = 300;
const SUSTAINED_PER_SECOND = 1_000;
/** A pause of the machine may let a permit run out; more than that is another bench. */
const REFUSED_SHARE_MAX = 0.02;

/*
 * Question: how long does a permit take through the executor as shipped, how many fit into a
 * second, and how much better is that than what one would write? Goals and gates: `results.ts`.
 */
async function main(options: Options): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  say('starting Postgres, a Redis-protocol server, simnet, engine, executor, baseline, approver');
  const bench = await openBench(options.profile);
  const collector = await startCollector(bench);
  try {
    const results = await measureAll(bench, collector, { options, say });
    const table = tableOf(results, options);
    console.log(table);
    const refused = refusedShare(results, options.events);
    if (refused > REFUSED_SHARE_MAX)
      throw new Error(`${percent(refused)} of the permits were refused`);
    if (options.write) await writeDocs(table, results);
    const gates = gatesOf(results);
    const missed = gates.filter(({ met }) => !met);
    for (const { what, ratio, min, ofFloor } of missed) {
      say(`missed: ${what} ${times(ratio)}, wants ${min}x; ${times(ofFloor)} of the floor`);
    }
    const ratios = gates.map(
      ({ what, ratio, ofFloor }) => `${what} ${times(ratio)} (${times(ofFloor)} of the floor)`,
    );
    console.log(`ratios: ${ratios.join(', ')}`);
    return missed.length === 0 ? 0 : 1;
  } finally {
    collector.stop();
    await bench.close();
  }
}

type Asked = { readonly options: Options; readonly say: (text: string) => void };

async function measureAll(
  bench: Bench,
  collector: Collector,
  { options, say }: Asked,
): Promise<Results> {
  await sayFirst(bench, collector, say);
  await measurePaced(bench, collector, WARM_UP);
  const rounds = async (regime: string) => {
    const measured: PerSide<Round>[] = [];
    for (let n = 1; n <= options.rounds; n++) {
      say(`${regime}: round ${n} of ${options.rounds}`);
      measured.push(await measurePaced(bench, collector, options.events));
    }
    return measured;
  };
  const idle = await withConditions(bench, () => rounds('idle'));
  const loaded = await whileLoaded(availableParallelism(), () =>
    withConditions(bench, () => rounds('loaded')),
  );
  const throughput = await measureThroughput(bench, collector, { options, say });
  say('steady flow');
  const sustain = (side: Side) => {
    const count = options.sustainedSeconds * SUSTAINED_PER_SECOND;
    return measureSustained(bench, collector, { side, count, perSecond: SUSTAINED_PER_SECOND });
  };
  return {
    paced: { idle: idle.result, loaded: loaded.result },
    conditions: { idle: idle.conditions, loaded: loaded.conditions },
    throughput,
    sustained: {
      fast: await sustain('fast'),
      baseline: await sustain('baseline'),
      floor: await sustain('floor'),
    },
    recording: measureRecording(),
    stages: await bench.readStages(),
  };
}

/** What the very first permits of a process meet. */
async function sayFirst(bench: Bench, collector: Collector, say: Asked['say']): Promise<void> {
  for (const side of SIDES) {
    const round = createRound();
    await bench.approver.ask({ do: 'paced', side, count: 5, perSecond: 20 });
    await collector.take(side, 5, round);
    const { max, min } = round.readToWire;
    say(`first five permits, ${side}: slowest ${max / 1_000} µs, fastest ${min / 1_000} µs`);
  }
}

async function measureThroughput(
  bench: Bench,
  collector: Collector,
  { options, say }: Asked,
): Promise<PerSide<number>> {
  const measured: Record<Side, number[]> = { fast: [], baseline: [], floor: [] };
  for (let n = 1; n <= options.rounds; n++) {
    say(`burst ${n} of ${options.rounds}`);
    for (const side of SIDES) {
      const count = options.burst[side];
      measured[side].push(await measureBurst(bench, side, count));
      await collector.take(side, count, createRound());
    }
  }
  const { fast, baseline, floor } = measured;
  return { fast: median(fast), baseline: median(baseline), floor: median(floor) };
}

/** What the machine did meanwhile: without it no figure can be judged. */
async function withConditions<Result>(bench: Bench, work: () => Promise<Result>) {
  const before = SIDES.map((side) => readUsage(bench.lanes[side].pid));
  const result = await work();
  const [fast, baseline] = SIDES.map((side, at) => {
    const usage = before[at];
    return usage && usedBetween(usage, readUsage(bench.lanes[side].pid));
  });
  const conditions =
    `some task waited for a core ${percent(fast?.pressureShare ?? Number.NaN)} of the time; context switches of ` +
    `the executor ${fast?.contextSwitches}, of the baseline ${baseline?.contextSwitches}`;
  return { result, conditions };
}

process.exitCode = await main(readOptions(process.argv.slice(2)));
