import { connectBus } from '../../../adapters/bus/connect.ts';
import { createPermitPublisher } from '../../../adapters/bus/permit-publisher.ts';
import { createPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { startTestServers } from '../../../test/support/servers.ts';
import { openRun } from '../../../test/support/settling.ts';
import { inRounds, withStops, type Bench, type BenchOptions, type Row } from '../bench.ts';
import { medianRound, msText, timesText, type Spread } from '../spread.ts';
import { createApprovers, type Approvers } from './approvers.ts';

const GOAL_MS = 5;
const ASKED_MS = 10;
const AT_ONCE = 16;

/** Approval with its reservation on the disk, until the permit is on the bus. */
export const approvalBench: Bench = (options) =>
  withStops(async (onStop) => {
    const servers = await startTestServers({ postgres: true, dragonfly: true });
    onStop(servers.stop);
    // As many connections as the trading worker has.
    const pool = createPool(servers.postgresUrl, 'bench', 16);
    onStop(() => pool.end());
    await migrate(pool);
    await openRun(pool);
    const bus = await connectBus(servers.dragonflyUrl, { name: 'bench' });
    onStop(() => bus.disconnect());
    const approvers = createApprovers({ pool, bus, permits: createPermitPublisher(bus) });
    onStop(approvers.stop);
    return measure(options, approvers);
  });

/** ms of each approval, a list a round. */
type Times = { readonly ours: number[][]; readonly stored: number[][]; readonly out: number[][] };

async function measure(options: BenchOptions, approvers: Approvers): Promise<readonly Row[]> {
  const [turns, inTurn] = options.quick ? [4, 25] : [20, 40];
  const alone: Times = { ours: [], stored: [], out: [] };
  const together: Times = { ours: [], stored: [], out: [] };
  await approvers.ours(AT_ONCE, 5); // Statements are prepared and code is compiled once.
  await approvers.plain(AT_ONCE, 5);
  await inRounds(options, async () => {
    for (const times of [alone, together]) {
      for (const list of Object.values(times)) list.push([]);
    }
    for (let turn = 0; turn < turns; turn++) {
      add(alone, await approvers.ours(1, inTurn), await approvers.plain(1, Math.ceil(inTurn / 4)));
      add(together, await approvers.ours(AT_ONCE, 3), await approvers.plain(AT_ONCE, 1));
    }
  });
  return [rowOf('one after the other', alone, true), rowOf(`${AT_ONCE} at once`, together, false)];
}

function add(
  times: Times,
  ours: readonly number[],
  plain: readonly { readonly storedMs: number; readonly outMs: number }[],
): void {
  times.ours.at(-1)?.push(...ours);
  times.stored.at(-1)?.push(...plain.map(({ storedMs }) => storedMs));
  times.out.at(-1)?.push(...plain.map(({ outMs }) => outMs));
}

function rowOf(how: string, times: Times, asked: boolean): Row {
  const [ours, stored, out]: readonly Spread[] = [
    medianRound(times.ours),
    medianRound(times.stored),
    medianRound(times.out),
  ] as const;
  if (!ours || !stored || !out) throw new Error('three were made');
  return {
    what: `approval with durable reservation, published, ${how}`,
    goal: `p99 ≤ ${GOAL_MS} ms`,
    measured: `${msText(ours)} of ${ours.count}`,
    baseline: `${msText(stored)} until stored, ${msText(out)} until its poller published`,
    ratio: `${timesText(ours, stored)} stored, ${timesText(ours, out)} published`,
    met: ours.p99 <= GOAL_MS,
    ...(asked
      ? { gate: { asked: `asked p99 ≤ ${ASKED_MS} ms`, passed: ours.p99 <= ASKED_MS } }
      : {}),
  };
}
