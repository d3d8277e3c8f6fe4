import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { STREAMS } from '../../../adapters/bus/stream-names.ts';
import { queryRows } from '../../../adapters/ledger/connect.ts';
import {
  createExecutorClient,
  type ExecutorClient,
} from '../../../adapters/socket-rpc/executor-client.ts';
import { runCli } from '../../../test/support/cli.ts';
import { until } from '../../../test/support/until.ts';
import { inRounds, withStops, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { openRig, type Rig } from '../rig.ts';
import { medianRound, msText, spreadOf, timesText } from '../spread.ts';
import { startLoad } from './load.ts';
import { startPolledStop, type PolledStop } from './polled-stop.ts';

const GOAL_MS = 25;
/** So many that no limit on repeats of one market ends the load. */
const MARKETS = Array.from({ length: 12 }, (_, at) => `STOP${at + 1}-USDC`);
const PERMITS_PER_SECOND = 200;
/** Permits are under way by then. */
const LOADED_AFTER_MS = 1_000;
/** A flag that is looked at every ten seconds: the middle and the end of its wait, not measured. */
const TEN_SECOND_POLL = '5,000 / 9,900 ms by arithmetic for a 10 s poll';
const ANSWER_WITHIN_MS = 2_000;

/** From the first byte of a stop to the acknowledgement that the halt is on the executor's disk. */
export const stopBench: Bench = (options) =>
  withStops(async (onStop) => {
    const rig = await openRig(onStop, { markets: MARKETS });
    const polled = await startPolledStop(rig.pool);
    onStop(polled.end);
    return measure(options, rig, polled);
  });

type Times = {
  /** Each is of an executor that was signing when it came. */
  readonly first: number[];
  /** Those and the stops after them, to an executor that refuses as many permits. */
  readonly all: number[];
  readonly polled: number[];
  /** The whole command, from the start of its process to its end, and what it says of itself. */
  readonly command: number[];
  readonly fenced: number[];
};

async function measure(
  options: BenchOptions,
  rig: Rig,
  polled: PolledStop,
): Promise<readonly Row[]> {
  const [lives, stops] = options.quick ? [2, 10] : [4, 40];
  const rounds: Times[] = [];
  let sequence = 0;
  await inRounds(options, async () => {
    const times: Times = { first: [], all: [], polled: [], command: [], fenced: [] };
    for (let life = 0; life < lives; life++) {
      await liveOnce(rig, { polled, times, stops, nextSequence: () => ++sequence });
    }
    options.say(`first stops ${msText(spreadOf(times.first))}, all ${msText(spreadOf(times.all))}`);
    rounds.push(times);
  });
  return rowsOf(rounds);
}

type Life = {
  readonly polled: PolledStop;
  readonly times: Times;
  readonly stops: number;
  readonly nextSequence: () => number;
};

/** A fresh executor under load, stopped once while it signs, then again and again. */
async function liveOnce(rig: Rig, { polled, times, stops, nextSequence }: Life): Promise<void> {
  const { secrets, pool, bus } = rig;
  // As if no halt had ever been, in none of the places that remember one.
  await bus.del(STREAMS.stops.key);
  rmSync(join(secrets.home, 'journal'), { recursive: true, force: true });
  await queryRows(pool, 'reset', { text: 'update control set halted = false, stop_id = null' });
  const executor = await rig.start('hotpath/main.ts');
  const client = createExecutorClient(join(secrets.home, 'run', 'executor.sock'));
  const status = await until('fresh pools', async () => {
    const read = await client.status(1_000);
    return MARKETS.every((id) => read.markets[id]?.fresh) && read;
  });
  const load = startLoad(rig, { perSecond: PERMITS_PER_SECOND, epochs: status, nextSequence });
  try {
    await pause(LOADED_AFTER_MS);
    await assertSigning(client);
    for (let number = 0; number < stops; number++) {
      const tookMs = await stopOnce(client, `bench-${nextSequence()}`);
      if (number === 0) times.first.push(tookMs);
      times.all.push(tookMs);
      await pause(10 + Math.random() * 40);
      // Between ours, on the same machine under the same load.
      if (number % 10 === 1) times.polled.push(await polled.stopOnce());
    }
    const begunMs = performance.now();
    const answer = await runCli(['stop', '--reason', 'bench', '--json'], rig.env);
    times.command.push(performance.now() - begunMs);
    times.fenced.push(Number(answer.json()['fencedMs']));
  } finally {
    await load.stop();
    client.close();
    await executor.stop();
  }
}

async function assertSigning(client: ExecutorClient): Promise<void> {
  const { counters } = await client.metrics(ANSWER_WITHIN_MS);
  if ((counters['submitted'] ?? 0) > 0) return;
  throw new Error(`the executor signs nothing: ${JSON.stringify(counters)}`);
}

/** Nothing may be signed after the answer; a fast one that lets something pass is worth nothing. */
async function stopOnce(client: ExecutorClient, stopId: string): Promise<number> {
  const begunMs = performance.now();
  const { fenced } = await client.stop({ stopId, reason: 'bench' }, ANSWER_WITHIN_MS);
  const tookMs = performance.now() - begunMs;
  const signed = async () => (await client.metrics(ANSWER_WITHIN_MS)).counters['submitted'];
  const atAnswer = await signed();
  await pause(20);
  if (!fenced || (await signed()) !== atAnswer) throw new Error(`${stopId}: signed after the stop`);
  return tookMs;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function rowsOf(rounds: readonly Times[]): readonly Row[] {
  const of = (what: keyof Times) => medianRound(rounds.map((times) => times[what]));
  const [first, all, polled] = [of('first'), of('all'), of('polled')];
  const [command, fenced] = [of('command'), of('fenced')];
  return [
    {
      what: `stop: first byte → last acknowledgement, at ${PERMITS_PER_SECOND} permits/s`,
      goal: `p99 ≤ ${GOAL_MS} ms`,
      measured: `${msText(all)} of ${all.count}; ${msText(first)} while it signs`,
      baseline: `${msText(polled)} for a 1 s poll of Postgres; ${TEN_SECOND_POLL}`,
      ratio: timesText(all, polled),
      met: all.p99 <= GOAL_MS && first.p99 <= GOAL_MS,
    },
    {
      what: 'the whole command `overmind stop`, all roads',
      goal: '–',
      measured: `${msText(command)} with the start of its process; FENCED after ${msText(fenced)} of its own`,
      baseline: '–',
      ratio: '–',
      met: undefined,
    },
  ];
}
