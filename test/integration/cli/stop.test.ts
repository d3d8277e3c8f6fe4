import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createExecutorClient } from '../../../adapters/socket-rpc/executor-client.ts';
import { runCli } from '../../support/cli.ts';
import {
  fundAndOpenPool,
  makeSecrets,
  startExecutor,
  type RunningExecutor,
} from '../../support/executor.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { startSimnet, type RunningSimnet } from '../../support/simnet.ts';

const MARKET = 'SOL-USDC';
const { home, wallet } = makeSecrets();
const socketPath = join(home, 'run', 'executor.sock');

let servers: TestServers;
let simnet: RunningSimnet;
let pool: LedgerPool;
let executor: RunningExecutor;

const start = async (): Promise<void> => {
  executor = await startExecutor({
    home,
    postgresUrl: servers.postgresUrl,
    dragonflyUrl: servers.dragonflyUrl,
    rpcUrls: [simnet.url, simnet.url2],
    markets: MARKET,
  });
};

const stop = (over: Readonly<Record<string, string>> = {}) =>
  runCli(['stop', '--reason', 'a test', '--json'], {
    OVERMIND_HOME: home,
    DATABASE_URL: servers.postgresUrl,
    ...over,
  });

async function postgresControl(): Promise<{ haltEpoch: number; halted: boolean; stopId: string }> {
  const { rows } = await pool.query<{ halt_epoch: string; halted: boolean; stop_id: string }>(
    'select halt_epoch, halted, stop_id from control',
  );
  const [row] = rows;
  if (!row) throw new Error('the schema makes the row');
  return { haltEpoch: Number(row.halt_epoch), halted: row.halted, stopId: row.stop_id };
}

async function executorEpochs(): Promise<{ haltEpoch: number; halted: boolean }> {
  const client = createExecutorClient(socketPath);
  const { haltEpoch, halted } = await client.status(1_000);
  client.close();
  return { haltEpoch, halted };
}

beforeAll(async () => {
  [servers, simnet] = await Promise.all([
    startTestServers({ postgres: true, dragonfly: true }),
    startSimnet({ slotMs: 100 }),
  ]);
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await fundAndOpenPool(simnet.url, wallet, MARKET);
  await start();
}, 120_000);

afterAll(async () => {
  await executor?.stop();
  await pool?.end();
  await Promise.all([simnet?.stop(), servers?.stop()]);
  rmSync(home, { recursive: true, force: true });
});

/** In this order: each case finds what the one before has left. */
describe('overmind stop', () => {
  it('is FENCED by both roads, and the epoch rises once', async () => {
    const { code, json } = await stop();
    const report = json();
    expect(report).toMatchObject({
      fenced: true,
      haltEpoch: 1,
      roads: [
        { road: 'executor', state: 'fenced', haltEpoch: 1 },
        { road: 'postgres', haltEpoch: 1 },
      ],
    });
    expect(report['fencedMs']).toBeLessThan(5_000);
    expect(code).toBe(0);
    expect(await executorEpochs()).toEqual({ haltEpoch: 1, halted: true });
    expect(await postgresControl()).toEqual({
      haltEpoch: 1,
      halted: true,
      stopId: report['stopId'],
    });
  });

  it('raises the epoch once more when it is given again, and says it to people', async () => {
    const { code, stdout } = await runCli(['stop', '--reason', 'again'], {
      OVERMIND_HOME: home,
      DATABASE_URL: servers.postgresUrl,
    });
    expect(stdout).toMatch(/^FENCED in [\d.]+ ms, halt epoch 2\n {2}executor: fenced/);
    expect(code).toBe(0);
    expect(await executorEpochs()).toEqual({ haltEpoch: 2, halted: true });
    expect(await postgresControl()).toMatchObject({ haltEpoch: 2 });
  });

  it('needs no socket: the executor acknowledges by Postgres', async () => {
    const { code, json } = await stop({ OVERMIND_HOME: join(home, 'elsewhere') });
    expect(json()).toMatchObject({
      fenced: true,
      haltEpoch: 3,
      roads: [
        { road: 'executor', state: 'failed' },
        { road: 'postgres', state: 'fenced', said: 'acknowledged by the executor' },
      ],
    });
    expect(code).toBe(0);
    expect(await executorEpochs()).toEqual({ haltEpoch: 3, halted: true });
  });

  it('waits for the lease of an executor that was killed', async () => {
    await executor.kill();
    const { code, json } = await stop();
    const report = json();
    expect(report).toMatchObject({
      fenced: true,
      haltEpoch: 4,
      roads: [
        { road: 'executor', state: 'failed' },
        { road: 'postgres', state: 'fenced' },
      ],
    });
    expect(code).toBe(0);
    await start();
    expect(executor.facts).toMatchObject({ halted: true, haltEpoch: 4 });
    expect(await postgresControl()).toMatchObject({ haltEpoch: 4, stopId: report['stopId'] });
  });

  it('is not fenced while a hanging executor could still hold its lease', async () => {
    await executor.kill();
    await pool.query("update executor_lease set expires_at = now() + interval '1 minute'");
    const { code, json } = await stop();
    expect(json()).toMatchObject({ fenced: false, fencedMs: null, haltEpoch: 5 });
    expect(code).toBe(4);
    await start();
  });

  it('needs no Postgres: the executor counts alone, and Postgres follows', async () => {
    const postgres = servers.servers.find(({ name }) => name === 'postgres');
    if (postgres?.pid === undefined) throw new Error('it was started above');
    process.kill(postgres.pid, 'SIGKILL');
    const { code, json } = await stop();
    expect(json()).toMatchObject({
      fenced: true,
      haltEpoch: 6,
      roads: [
        { road: 'executor', state: 'fenced', haltEpoch: 6 },
        { road: 'postgres', state: 'failed' },
      ],
    });
    expect(code).toBe(0);
    expect(await executorEpochs()).toEqual({ haltEpoch: 6, halted: true });
  });
});

describe('overmind stop, wrongly used', () => {
  it.each([
    [['stop', '--reason'], /--reason/],
    [['stop', '--reason', '  '], /--reason.*expected 1 to 1000/s],
    [['stop', '--reason', 'x', '--fast'], /--fast/],
  ])('%j ends with 2 and names the option', async (args, says) => {
    const { code, stdout, stderr } = await runCli(args, { OVERMIND_HOME: home });
    expect(stderr).toMatch(says);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('ends with 3 where nothing runs', async () => {
    const { code, json, stderr } = await runCli(['stop', '--reason', 'x', '--json'], {
      OVERMIND_HOME: join(home, 'nothing-here'),
    });
    expect(json()).toMatchObject({ error: { code: 'system/unreachable' } });
    expect(stderr).toMatch(/run\.json is not there/);
    expect(code).toBe(3);
  });
});
