import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { queryRows } from '../../../adapters/ledger/connect.ts';
import { createBrainClient } from '../../../adapters/socket-rpc/brain-client.ts';
import { createExecutorClient } from '../../../adapters/socket-rpc/executor-client.ts';
import type { SignalId } from '../../../domain/shared/ids.ts';
import { until } from '../../../test/support/until.ts';
import { join } from 'node:path';
import { inRounds, withStops, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { openRig, type Rig } from '../rig.ts';
import { medianRound, msText, spreadOf, timesText } from '../spread.ts';
import { createTickFeed, type TickFeed } from './feed.ts';

const GOAL = { p50: 45, p99: 110 };
const ASKED_MS = 300;
const PER_SECOND = 15;
/** As many as can be configured: each comes up again after four seconds, when its trade is over. */
const MARKETS = Array.from({ length: 60 }, (_, at) => `TICK${at + 1}-USDC`);
/** Limits so wide that only the path is measured; each rule is asked all the same. */
const SETTINGS = {
  OVERMIND_AI_CONFIDENCE_THRESHOLD: '0',
  OVERMIND_RISK_COOL_DOWN_MS: '0',
  OVERMIND_RISK_OPEN_POSITIONS_MAX: '100',
  OVERMIND_RISK_EXPOSURE_USD_MAX: '900000',
  OVERMIND_RISK_POSITION_SHARE_BPS_MAX: '10000',
  OVERMIND_RISK_DAILY_LOSS_USD_MAX: '900000',
  OVERMIND_RISK_TOTAL_LOSS_USD_MAX: '900000',
};
/** With fewer of them on the wire no goal is met: the figures would be of the lucky ones. */
const SENT_SHARE_MIN = 0.98;

/**
 * From a market event to bytes on the wire, by the processes of a real run: trading worker, brain
 * and executor, with their servers and simnet. Every transaction fails on chain, so that its market
 * is free again for the next one; up to the wire nothing differs from one that lands.
 */
export const tickBench: Bench = (options) =>
  withStops(async (onStop) => {
    const rig = await openRig(onStop, { markets: MARKETS, settings: SETTINGS });
    await callRpc(rig.simnet.url, 'simnet_fault', [{ kind: 'fail', count: 10_000 }]);
    const feed = await createTickFeed(rig);
    await feed.publishHistory();
    options.say('starting executor, brain, trading worker and the plain shape');
    await Promise.all([
      rig.start('hotpath/main.ts'),
      rig.start('workers/brain/main.ts'),
      rig.start('workers/trading/main.ts'),
      rig.start('bench/system/tick/plain-main.ts'),
    ]);
    await untilReady(rig);
    return measure(options, rig, feed);
  });

async function untilReady({ brainPort, markets, secrets }: Rig): Promise<void> {
  const brain = createBrainClient({ host: '127.0.0.1', port: brainPort });
  const executor = createExecutorClient(join(secrets.home, 'run', 'executor.sock'));
  await until('a brain that knows, and fresh pools', async () => {
    const [{ memory }, { markets: pools }] = await Promise.all([
      brain.read(1_000),
      executor.status(1_000),
    ]);
    return markets.every(({ id }) => (memory[id] ?? 0) >= 200 && pools[id]?.fresh);
  });
  brain.close();
  executor.close();
}

type Shape = 'ours' | 'plain';
type Parts = Readonly<Record<'tickToWire' | 'decided' | 'delivered' | 'path', readonly number[]>>;
type Turn = { readonly asked: number; readonly parts: Parts };

async function measure(options: BenchOptions, rig: Rig, feed: TickFeed): Promise<readonly Row[]> {
  const seconds = options.quick ? 15 : 20;
  const rounds: Record<Shape, Turn[]> = { ours: [], plain: [] };
  const turn = async (shape: Shape, lastsSeconds: number): Promise<Turn> => {
    const ids = await tickFor(lastsSeconds, () => feed.tick(shape));
    return readTurn(rig, ids, (text) => options.say(`${shape}: ${text}`));
  };
  options.say('warming up');
  await turn('ours', 4);
  await turn('plain', 4);
  await inRounds(options, async () => {
    for (const shape of ['ours', 'plain'] as const) {
      rounds[shape].push(await turn(shape, seconds));
    }
  });
  return [rowOf(rounds)];
}

function rowOf(rounds: Readonly<Record<Shape, readonly Turn[]>>): Row {
  const spreadIn = (shape: Shape) =>
    medianRound(rounds[shape].map(({ parts }) => parts.tickToWire));
  const [ours, plain] = [spreadIn('ours'), spreadIn('plain')];
  const asked = rounds.ours.reduce((sum, turn) => sum + turn.asked, 0);
  const isWhole = ours.count >= asked * SENT_SHARE_MIN;
  return {
    what: `tick → bytes on the wire, whole system at ${PER_SECOND} trades/s`,
    goal: `p50 ≤ ${GOAL.p50} ms, p99 ≤ ${GOAL.p99} ms`,
    measured: `${msText(ours)}, ${ours.count} of ${asked} sent`,
    baseline: `${msText(plain)}: four activities, a queue of its own for analysis`,
    ratio: timesText(ours, plain),
    met: isWhole && ours.p50 <= GOAL.p50 && ours.p99 <= GOAL.p99,
    gate: { asked: `asked p99 ≤ ${ASKED_MS} ms`, passed: isWhole && ours.p99 <= ASKED_MS },
  };
}

/** Evenly paced, whatever became of those before. */
async function tickFor(seconds: number, tick: () => Promise<SignalId>): Promise<SignalId[]> {
  const begunMs = performance.now();
  const ids: Promise<SignalId>[] = [];
  for (let number = 0; number < seconds * PER_SECOND; number++) {
    const dueMs = begunMs + (number * 1_000) / PER_SECOND - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    ids.push(tick());
  }
  return Promise.all(ids);
}

type PermitRow = Readonly<
  Record<'tick_to_wire' | 'decided' | 'delivered' | 'path', string | null>
> & { readonly status: string; readonly reason: string | null };

/** Waits until each trade is over, then reads the times that the executor's reports left. */
async function readTurn(
  { pool }: Rig,
  ids: readonly SignalId[],
  say: (text: string) => void,
): Promise<Turn> {
  const endedOf = () =>
    queryRows<{ open: number }>(pool, 'open trades', {
      text: 'select count(*)::int as open from trades where signal_id = any($1) and ended_at is null',
      values: [ids],
    });
  await until('the end of every trade', async () => (await endedOf())[0]?.open === 0).catch(
    () => undefined, // Those that never end count as not sent, and are named below.
  );
  const rows = await queryRows<PermitRow>(pool, 'permits', {
    text: `select (wire_ns - received_ns) / 1e6 as tick_to_wire,
        (published_ns - received_ns) / 1e6 as decided, (read_ns - published_ns) / 1e6 as delivered,
        (wire_ns - read_ns) / 1e6 as path, status, reason
      from permits where signal_id = any($1)`,
    values: [ids],
  });
  const sent = rows.filter(({ tick_to_wire: ms }) => ms !== null);
  if (sent.length < ids.length)
    say(`${sent.length} of ${ids.length} sent: ${await whyNot(pool, ids)}`);
  const of = (column: keyof PermitRow): number[] => sent.map((row) => Number(row[column]));
  const parts: Parts = {
    tickToWire: of('tick_to_wire'),
    decided: of('decided'),
    delivered: of('delivered'),
    path: of('path'),
  };
  const texts = Object.entries(parts).map(([part, ms]) => `${part} ${msText(spreadOf(ms))}`);
  say(texts.join(', '));
  return { asked: ids.length, parts };
}

async function whyNot(pool: Rig['pool'], ids: readonly SignalId[]): Promise<string> {
  const rows = await queryRows<{ readonly said: string; readonly count: number }>(pool, 'why', {
    text: `select concat_ws(' ', t.stage, p.status, p.reason, t.breaches -> 0 ->> 'rule',
        t.reasons[1]) as said, count(*)::int as count
      from trades t left join permits p on p.signal_id = t.signal_id
      where t.signal_id = any($1) group by 1 order by 2 desc`,
    values: [ids],
  });
  return rows.map(({ said, count }) => `${count} ${said}`).join('; ');
}
