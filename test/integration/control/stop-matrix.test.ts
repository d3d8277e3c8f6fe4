import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createExecutorClient } from '../../../adapters/socket-rpc/executor-client.ts';
import type { StopReport } from '../../../cli/stop/run-stop.ts';
import type { CliResult } from '../../support/cli.ts';
import { beginExecutor } from '../../support/executor.ts';
import { MARKET, startHaltingSystem, type HaltingSystem } from '../../support/halting-system.ts';

type Part = 'postgres' | 'dragonfly' | 'temporal' | 'executor';
type Row = { readonly what: string; readonly fencedMs: number | null; readonly roads: string };

const soon = { timeout: 20_000, interval: 50 };
const rows: Row[] = [];
let system: HaltingSystem;
let haltEpoch = 0;

beforeAll(async () => {
  system = await startHaltingSystem();
}, 180_000);

afterAll(async () => {
  const width = Math.max(...rows.map(({ what }) => what.length));
  for (const { what, fencedMs, roads } of rows) {
    console.log(`${what.padEnd(width)}  FENCED in ${String(fencedMs).padStart(7)} ms  ${roads}`);
  }
  await system?.stop();
});

/** The process and its children: a server that hangs as a whole. */
function pidsOf(part: Part): readonly number[] {
  const pid =
    part === 'executor'
      ? system.executor().child.pid
      : system.servers.servers.find(({ name }) => name === part)?.pid;
  if (pid === undefined) throw new Error(`${part} was not started here`);
  const children = readdirSync('/proc').filter((entry) => {
    try {
      const [, after = ''] = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ');
      return after.split(' ')[1] === String(pid);
    } catch {
      return false; // No process, or one that has just ended.
    }
  });
  return [pid, ...children.map(Number)];
}

function signal(parts: readonly Part[], name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  for (const pid of parts.flatMap(pidsOf)) {
    try {
      process.kill(pid, name);
    } catch (error) {
      // A child that has ended since it was listed.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

const stop = (over: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  system.cli(['stop', '--reason', 'matrix', '--no-wait', '--json'], over);

function note(what: string, { json }: CliResult): StopReport {
  const report = json() as unknown as StopReport; // What the command prints.
  const roads = report.roads.map(({ road, state }) => `${road} ${state}`).join(', ');
  rows.push({ what, fencedMs: report.fencedMs, roads });
  return report;
}

async function executorState() {
  const client = createExecutorClient(join(system.home, 'run', 'executor.sock'));
  try {
    const status = await client.status(1_000);
    return { haltEpoch: status.haltEpoch, halted: status.halted };
  } finally {
    client.close();
  }
}

async function postgresState() {
  const { rows: found } = await system.pool.query(
    'select halt_epoch::int as "haltEpoch", halted from control',
  );
  return found[0] as { haltEpoch: number; halted: boolean };
}

/** Both stores have counted every stop so far exactly once. */
async function expectCountedOnce(): Promise<void> {
  haltEpoch += 1;
  await expect.poll(executorState, soon).toEqual({ haltEpoch, halted: true });
  await expect.poll(postgresState, soon).toEqual({ haltEpoch, halted: true });
}

describe('one road alone stops the executor', () => {
  const nowhere = { OVERMIND_HOME: join(tmpdir(), 'overmind-nowhere') };
  const without = (...names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, '']));
  it.each([
    ['executor', without('DATABASE_URL', 'DRAGONFLY_URL', 'TEMPORAL_ADDRESS')],
    ['postgres', { ...nowhere, ...without('DRAGONFLY_URL', 'TEMPORAL_ADDRESS') }],
    ['bus', { ...nowhere, ...without('DATABASE_URL', 'TEMPORAL_ADDRESS') }],
    ['temporal', { ...nowhere, ...without('DATABASE_URL', 'DRAGONFLY_URL') }],
  ])('the %s road', async (road, over) => {
    const result = await stop(over);
    const report = note(`by the ${road} road alone`, result);
    const [first] = report.roads.filter(({ state }) => state === 'fenced');
    expect(first).toMatchObject({ road, haltEpoch: haltEpoch + 1 });
    expect(result.code).toBe(0);
    await expectCountedOnce();
  });
});

describe('every road at once', () => {
  it.each<[string, readonly Part[]]>([
    ['nothing is down', []],
    ['Temporal hangs', ['temporal']],
    ['Dragonfly hangs', ['dragonfly']],
    ['Postgres hangs', ['postgres']],
    ['all three hang', ['temporal', 'dragonfly', 'postgres']],
    ['the executor hangs: its lease runs out', ['executor']],
  ])('fences while %s, and counts once', async (what, parts) => {
    signal(parts, 'SIGSTOP');
    const result = await stop().finally(() => signal(parts, 'SIGCONT'));
    const report = note(what, result);
    const { fenced, haltEpoch: counted } = report;
    expect({ fenced, counted }).toEqual({ fenced: true, counted: haltEpoch + 1 });
    expect(report.fencedMs).toBeLessThan(3_500); // A lease and half a second.
    expect(result.code).toBe(0);
    await expectCountedOnce();
  });
});

describe('with every server dead', () => {
  it('still fences, also an executor that was born without them, and stays halted', async () => {
    signal(['temporal', 'dragonfly', 'postgres'], 'SIGKILL');
    const first = await stop();
    haltEpoch += 1;
    expect(note('all three are dead', first)).toMatchObject({ fenced: true, haltEpoch });
    expect(await executorState()).toEqual({ haltEpoch, halted: true });

    await system.executor().kill();
    const { servers, simnet, home } = system;
    const { kill } = beginExecutor({
      home,
      postgresUrl: servers.postgresUrl,
      dragonflyUrl: servers.dragonflyUrl,
      rpcUrls: [simnet.url, simnet.url2],
      markets: MARKET,
    });
    try {
      // Its journal is all that it has.
      await vi.waitUntil(() => executorState().catch(() => undefined), soon);
      expect(await executorState()).toEqual({ haltEpoch, halted: true });
      const second = await stop();
      haltEpoch += 1;
      const what = 'all three are dead, and the executor began without them';
      expect(note(what, second)).toMatchObject({ fenced: true, haltEpoch });
      expect(second.code).toBe(0);
    } finally {
      await kill();
    }
  });
});
