import { Client, type Connection } from '@temporalio/client';
import { connectTemporal } from '../../../temporal/connection.ts';
import { NAMESPACE } from '../../../temporal/ids.ts';
import { tradeStage } from '../../../temporal/messages.ts';
import type { RunningOwnProcess } from '../../../test/support/own-process.ts';
import { until } from '../../../test/support/until.ts';
import { withStops, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { openRig, type Rig } from '../rig.ts';
import { msText, short, spreadOf } from '../spread.ts';
import { residentMib } from './memory.ts';
import { storeOpenTrades } from './rows.ts';

const GOALS_MIB = { all: 2_048, hotpath: 2_000_000_000 / 2 ** 20, brain: 4_000_000_000 / 2 ** 20 };
const OPEN = 2_000;
const OPEN_QUICK = 300;
const ROOTS = {
  hotpath: 'hotpath/main.ts',
  brain: 'workers/brain/main.ts',
  trading: 'workers/trading/main.ts',
  api: 'workers/api/main.ts',
  ingest: 'workers/ingest/main.ts',
} as const;
/** Real minutes, so that prices hardly move while the bench looks. */
const FEED = { kind: 'synthetic', bars: 3_000, speed: 1, seed: 3 };
const SETTINGS = {
  OVERMIND_RISK_DAILY_LOSS_USD_MAX: '100000000',
  OVERMIND_RISK_TOTAL_LOSS_USD_MAX: '100000000',
};
const SETTLE_MS = 10_000;
/** Reviving takes a few server calls each, one after the other. */
const REVIVED_WITHIN_MS = 600_000;
const QUERIED = 50;

/**
 * Memory of every process with so many trades that hold a position. They come to life as after a
 * crash: the trading worker finds them in the ledger without a workflow.
 */
export const openTradesBench: Bench = (options) =>
  withStops(async (onStop) => {
    const markets = ['BONK-USDC', 'SOL-USDC']; // Those of the feed.
    const rig = await openRig(onStop, { markets, settings: SETTINGS });
    await rig.pool.query('update runs set feed = $1', [JSON.stringify(FEED)]);
    const connection = await connectTemporal(rig.servers.temporalAddress);
    onStop(() => connection.close());
    return measure(options, rig, connection);
  });

type Memory = Readonly<Record<string, number>>;

async function measure(
  { quick, say }: BenchOptions,
  rig: Rig,
  connection: Connection,
): Promise<readonly Row[]> {
  const count = quick ? OPEN_QUICK : OPEN;
  const running = new Map<string, RunningOwnProcess>();
  const begin = async (name: keyof typeof ROOTS): Promise<void> =>
    void running.set(name, await rig.start(ROOTS[name]));
  await Promise.all((['hotpath', 'brain', 'trading', 'api'] as const).map(begin));
  await begin('ingest');
  await pause(SETTLE_MS);
  const pids = (): ReadonlyMap<string, number> =>
    new Map([...running].map(([name, { child }]) => [name, child.pid ?? 0]));
  const before = memoryOf(pids(), rig.simnet.pid);
  say(`no trade open: ${memoryText(before)}`);

  await running.get('trading')?.stop();
  await storeOpenTrades(rig.pool, count);
  const begunMs = performance.now();
  await begin('trading');
  await untilOpen(connection, count, say);
  say(`${count} trades open after ${short((performance.now() - begunMs) / 1_000)} s`);
  await pause(SETTLE_MS);
  const after = memoryOf(pids(), rig.simnet.pid);
  say(`${count} trades open: ${memoryText(after)}`);
  const queries = await queryStages(rig, connection);
  return [rowOf(count, { before, after }, spreadOf(queries))];
}

function memoryOf(pids: ReadonlyMap<string, number>, simnetPid: number): Memory {
  const all = new Map([...pids, ['simnet', simnetPid]] as const);
  return Object.fromEntries([...all].map(([name, pid]) => [name, residentMib(pid)]));
}

const sumOf = (memory: Memory): number => Object.values(memory).reduce((sum, one) => sum + one, 0);

function memoryText(memory: Memory): string {
  const parts = Object.entries(memory).map(([name, mib]) => `${name} ${Math.round(mib)}`);
  return `${short(sumOf(memory))} MiB (${parts.join(', ')})`;
}

async function untilOpen(
  connection: Connection,
  count: number,
  say: (text: string) => void,
): Promise<void> {
  const { workflow } = new Client({ connection, namespace: NAMESPACE });
  const query = "WorkflowType = 'tradeWorkflow' AND ExecutionStatus = 'Running'";
  let [open, toldMs] = [0, performance.now()];
  await until(
    () => `${count} open trades, ${open} so far`,
    async () => {
      open = (await workflow.count(query)).count;
      if (performance.now() - toldMs > 20_000) {
        say(`${open} of ${count} open`);
        toldMs = performance.now();
      }
      if (open < count) await pause(500);
      return open >= count;
    },
    REVIVED_WITHIN_MS,
  );
}

/** Each of a sample must be waiting for its exit, and be able to say so. */
async function queryStages({ pool }: Rig, connection: Connection): Promise<readonly number[]> {
  const { workflow } = new Client({ connection, namespace: NAMESPACE });
  const { rows } = await pool.query<{ workflow_id: string }>(
    'select workflow_id from trades order by random() limit $1',
    [QUERIED],
  );
  const times: number[] = [];
  for (const { workflow_id: id } of rows) {
    const begunMs = performance.now();
    const stage = await workflow.getHandle(id).query(tradeStage);
    times.push(performance.now() - begunMs);
    if (stage !== 'managing') throw new Error(`${id} is ${stage}, not managing`);
  }
  return times;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function rowOf(
  count: number,
  { before, after }: { readonly before: Memory; readonly after: Memory },
  queries: ReturnType<typeof spreadOf>,
): Row {
  const perTradeKib = ((sumOf(after) - sumOf(before)) * 1_024) / count;
  const { all, hotpath, brain } = GOALS_MIB;
  return {
    what: `${count.toLocaleString('en-US')} open trade workflows: resident memory of our processes`,
    goal: 'all < 2 GiB, executor < 2 GB, brain < 4 GB',
    measured: `${memoryText(after)}; a trade answers a query in ${msText(queries)}`,
    baseline: `${memoryText(before)} with none`,
    ratio: perTradeKib < 0 ? 'less than with none' : `+${short(perTradeKib)} KiB a trade`,
    met:
      sumOf(after) < all &&
      (after['hotpath'] ?? Infinity) < hotpath &&
      (after['brain'] ?? Infinity) < brain,
  };
}
