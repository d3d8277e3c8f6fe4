import { readUsage, usedBetween, type Used } from '../shared/machine.ts';
import { startChild } from '../shared/child.ts';
import { createRound, type Collector, type Round } from './collect.ts';
import { SIDES, type Side } from './names.ts';
import type { Bench } from './open-bench.ts';

export type PerSide<Value> = Readonly<Record<Side, Value>>;

/** The sides take turns of so many permits, so that a slow minute of the machine hits them all. */
const TURN = 100;
const PER_SECOND = 200;

/** One round of paced permits: A, B, C, A, B, C, … */
export async function measurePaced(
  bench: Bench,
  collector: Collector,
  events: number,
): Promise<PerSide<Round>> {
  const rounds = { fast: createRound(), baseline: createRound(), floor: createRound() };
  for (let done = 0; done < events; done += TURN) {
    const count = Math.min(TURN, events - done);
    for (const side of SIDES) {
      await bench.approver.ask({ do: 'paced', side, count, perSecond: PER_SECOND });
      await collector.take(side, count, rounds[side]);
    }
  }
  return rounds;
}

/** Siblings on every core, for as long as `work` takes. */
export async function whileLoaded<Result>(
  cores: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const file = new URL('../shared/spin.mjs', import.meta.url);
  const spinners = await Promise.all(Array.from({ length: cores }, () => startChild(file)));
  try {
    return await work();
  } finally {
    await Promise.all(spinners.map((spinner) => spinner.stop()));
  }
}

/**
 * Permits a second, replies and XACK included. The reader is held while the stream is filled: what
 * is measured is how fast it empties, not how fast it is filled.
 */
export async function measureBurst(bench: Bench, side: Side, count: number): Promise<number> {
  const { pid } = bench.lanes[side];
  await bench.approver.ask({ do: 'prepare', side, count, perSecond: 0 });
  const before = await reportsStored(bench, side);
  process.kill(pid, 'SIGSTOP');
  try {
    await bench.approver.ask({ do: 'burst', side, count, perSecond: 0 });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const begunMs = performance.now();
  while (!(await isDrained(bench, side, before + count))) {
    if (performance.now() - begunMs > 60_000) throw new Error(`${side}: the burst did not end`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const seconds = (performance.now() - begunMs) / 1_000;
  return count / seconds;
}

/** Reports are trimmed, so they are counted by what was ever added. */
async function reportsStored(bench: Bench, side: Side): Promise<number> {
  return fieldOf(await bench.bus.xinfo('STREAM', bench.lanes[side].reports), 'entries-added');
}

async function isDrained(bench: Bench, side: Side, reports: number): Promise<boolean> {
  if ((await reportsStored(bench, side)) < reports) return false;
  const { permits, group } = bench.lanes[side];
  const [pending] = (await bench.bus.xpending(permits, group)) as [number];
  return pending === 0;
}

function fieldOf(info: unknown, name: string): number {
  const pairs = info as readonly unknown[]; // Name and value in turn.
  return Number(pairs[pairs.indexOf(name) + 1]);
}

export type Sustained = Used & { readonly perSecond: number; readonly scavenges: number };

/** What a steady flow costs: processor time of the whole process, collections of its own thread. */
export async function measureSustained(
  bench: Bench,
  collector: Collector,
  { side, count, perSecond }: { side: Side; count: number; perSecond: number },
): Promise<Sustained> {
  const { pid } = bench.lanes[side];
  const scavengesBefore = bench.scavenges.count;
  const before = readUsage(pid);
  await bench.approver.ask({ do: 'paced', side, count, perSecond });
  await collector.take(side, count, createRound());
  const used = usedBetween(before, readUsage(pid));
  return {
    ...used,
    perSecond: count / used.seconds,
    scavenges: bench.scavenges.count - scavengesBefore,
  };
}
