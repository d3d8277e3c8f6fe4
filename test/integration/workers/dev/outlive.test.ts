import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { clearEarlierStart, removeState } from '../../../../workers/dev/earlier-start.ts';
import { isAlive, startTicksOf } from '../../../../workers/dev/process-identity.ts';
import { processEntry, writeRunFile } from '../../../../workers/dev/run-file.ts';
import { cacheFolder } from '../../../../workers/dev/servers/cache-folder.ts';
import { startDragonfly } from '../../../../workers/dev/servers/dragonfly.ts';
import type {
  EarlierServer,
  RunningServer,
  ServerHooks,
  ServerSetup,
} from '../../../../workers/dev/servers/running-server.ts';

const LIMIT_MS = 15_000;
const quiet = {
  say: () => undefined,
  during: async () => undefined as never,
  stop: () => undefined,
};
const running: RunningServer[] = [];
const homes: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  for (const home of homes.splice(0)) removeState(home);
});

function aHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'overmind outlive '));
  homes.push(home);
  return home;
}

type Lives = { readonly pids: number[]; readonly ports: number[]; readonly said: string[] };

function setupIn(home: string, more: Partial<ServerSetup> = {}) {
  const lives: Lives = { pids: [], ports: [], said: [] };
  const hooks: ServerHooks = {
    onPid(_name, pid, ports) {
      lives.pids.push(pid);
      lives.ports.push(...ports);
    },
    onReady: (name) => void lives.said.push(`${name} ready`),
    onRestart: (name, why) => void lives.said.push(`${name} ${why}`),
    onGivenUp: (name, why) => void lives.said.push(`${name} given up: ${why}`),
  };
  const setup: ServerSetup = {
    home,
    cache: cacheFolder(process.env),
    env: process.env,
    ports: 'any',
    progress: (text) => void lives.said.push(text),
    hooks,
    ...more,
  };
  return { setup, lives };
}

async function start(setup: ServerSetup): Promise<RunningServer> {
  const server = await startDragonfly(setup);
  running.push(server);
  return server;
}

async function ping(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } finally {
    client.disconnect();
  }
}

describe('a server of ours', () => {
  it('that is killed comes back at its address, under a new pid', async () => {
    const { setup, lives } = setupIn(aHome());
    const { url, pid = 0 } = await start(setup);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => lives.pids.length, { timeout: LIMIT_MS }).toBe(2);
    await expect.poll(() => ping(url).catch(() => ''), { timeout: LIMIT_MS }).toBe('PONG');
    expect(new Set(lives.ports).size).toBe(1);
    expect(lives.said).toContain('dragonfly ended with SIGKILL');
  });

  it('that is stopped stays stopped', async () => {
    const { setup, lives } = setupIn(aHome());
    const server = await start(setup);
    await server.stop();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(lives.pids).toHaveLength(1);
    await expect(ping(server.url)).rejects.toThrow('Connection is closed');
  });

  it('that outlives its supervisor is taken over, data and all, and kept alive', async () => {
    const home = aHome();
    const first = setupIn(home);
    const { url, pid = 0 } = await start(first.setup);
    const client = new Redis(url);
    await client.set('kept', 'yes');
    writeDown(home, pid, first.lives.ports);

    const earlier = await clearEarlierStart(home, quiet);
    const second = setupIn(home, { earlier });
    const adopted = await start(second.setup);
    expect([adopted.url, adopted.pid]).toEqual([url, pid]);
    expect(await client.get('kept')).toBe('yes');
    client.disconnect();

    await running.shift()?.stop(); // As if it were killed: the first one no longer looks after it.
    await expect.poll(() => second.lives.pids.length, { timeout: LIMIT_MS }).toBe(2);
    await expect.poll(() => ping(url).catch(() => ''), { timeout: LIMIT_MS }).toBe('PONG');
  });
});

describe('what an unclean end left', () => {
  it('is no server of this home when it works in another folder', async () => {
    const elsewhere = setupIn(aHome());
    const { pid = 0 } = await start(elsewhere.setup);
    const home = aHome();
    writeDown(home, pid, elsewhere.lives.ports);
    expect(await clearEarlierStart(home, quiet)).toEqual(new Map<string, EarlierServer>());
    expect(isAlive({ pid })).toBe(true);
  });

  it('is no server at all when its number belongs to a later process', async () => {
    const home = aHome();
    const entry = { pid: process.pid, startTicks: '1', ports: [1] };
    expect(startTicksOf(process.pid)).not.toBe('1');
    writeRunFile(home, { ...FACTS, processes: { dragonfly: entry } });
    expect(await clearEarlierStart(home, quiet)).toEqual(new Map<string, EarlierServer>());
  });
});

const FACTS = { run: 'r1', mode: 'paper', startedAtMs: 0, addresses: {} };

function writeDown(home: string, pid: number, ports: readonly number[]): void {
  const entry = processEntry(pid, ports);
  writeRunFile(home, { ...FACTS, processes: entry ? { dragonfly: entry } : {} });
}
