import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

/** What docker-compose.yml starts, with the same commands and variables, outside containers. */
const ROOT = join(import.meta.dirname, '..', '..', '..');
const DIST = join(ROOT, 'dist');
const run = promisify(execFile);

type Started = { readonly child: ChildProcess; readonly gone: Promise<number | null> };

let servers: TestServers;
let pool: LedgerPool;
let home: string;
let env: Record<string, string>;
const started = new Map<string, Started>();

beforeAll(async () => {
  const built = run(process.execPath, [join(ROOT, 'scripts', 'build.mjs')]);
  servers = await startTestServers({
    postgres: true,
    dragonfly: true,
    temporal: true,
    chroma: true,
  });
  await built;
  pool = createPool(servers.postgresUrl, 'test', 2);
  home = join(servers.home, 'containers');
  mkdirSync(join(home, 'run'), { recursive: true });
  mkdirSync(join(home, 'journal'), { recursive: true });
  const [simnet, simnet2, api, brain] = await freePorts(4);
  env = {
    PATH: process.env['PATH'] ?? '',
    OVERMIND_HOME: home,
    DATABASE_URL_FILE: secret('database_url', servers.postgresUrl),
    DRAGONFLY_URL_FILE: secret('dragonfly_url', servers.dragonflyUrl),
    CHROMA_URL: servers.chromaUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    OVERMIND_RPC_URLS: `http://127.0.0.1:${simnet},http://127.0.0.1:${simnet2}`,
    OVERMIND_WALLET_FILE: join(home, 'keys/wallet/wallet.json'),
    OVERMIND_PERMIT_KEY_FILE: join(home, 'keys/permit/permit.key'),
    OVERMIND_BIND: '127.0.0.1',
    OVERMIND_API_PORT: String(api),
    OVERMIND_BRAIN_PORT: String(brain),
    OVERMIND_LLM_URL: '',
    OPENAI_API_KEY_FILE: '',
  };
  const ports = ['--port', String(simnet), '--port2', String(simnet2), '--slot-ms', '100'];
  begin('simnet', [
    'simnet/main.js',
    '--host',
    '127.0.0.1',
    ...ports,
    '--state',
    join(home, 'simnet'),
  ]);
}, 120_000);

afterAll(async () => {
  for (const { child, gone } of [...started.values()].toReversed()) {
    child.kill('SIGTERM');
    await gone;
  }
  await pool?.end();
  await servers?.stop();
});

describe('what containers run, from dist/', () => {
  it('is set up by the one-shots, and again without another change', async () => {
    expect(await prepare('schema')).toMatch(/schema: 001-first\.sql/);
    expect(await prepare('schema')).toContain('schema: up to date');
    expect(await prepare('namespace')).toContain('namespace ready');
    expect(await prepare('run', ...FEED)).toContain('paper wallet');
    const runId = readFileSync(join(home, 'run', 'run-id'), 'utf8');
    expect(await prepare('run', ...FEED)).toContain(`going on with run ${runId.trim()}`);
    expect(readFileSync(join(home, 'run', 'run-id'), 'utf8')).toBe(runId);
    expect(readFileSync(join(home, 'run', 'markets'), 'utf8')).toMatch(/^[A-Z]+-USDC(,|\n)/);
    expect(statSync(env['OVERMIND_WALLET_FILE'] ?? '').mode & 0o777).toBe(0o600);
  });

  it('comes up in the order of the health checks, and trades', async () => {
    await beginAndBeat('hotpath', ['--max-semi-space-size=32', 'hotpath/main.js'], LOCKED());
    await beginAndBeat('brain', ['workers/brain/main.js']);
    await beginAndBeat('trading', ['workers/trading/main.js']);
    await beginAndBeat('api', ['workers/api/main.js']);
    await beginAndBeat('ingest', ['workers/ingest/main.js']);
    // As its health check asks: curl -f.
    await until('a healthy api', async () => (await health()) === 200, 60_000);
    const trades = await until('a trade', () => count('trades'), 60_000);
    expect(trades).toBeGreaterThan(0);
  });

  it('lets a second executor of the same journal not even start', async () => {
    begin('second', ['hotpath/main.js'], LOCKED());
    expect(await started.get('second')?.gone).toBe(1);
    started.delete('second');
  });

  it('goes on with the run where a container is started again', async () => {
    const before = await epoch();
    await end('hotpath', 'SIGKILL');
    await beginAndBeat('hotpath', ['hotpath/main.js'], LOCKED());
    expect(await epoch()).toBeGreaterThan(before);
    await end('ingest', 'SIGKILL');
    await beginAndBeat('ingest', ['workers/ingest/main.js']);
    expect(await count('runs')).toBe(1);
  });

  it('is stopped by the command line over the shared socket', async () => {
    const args = ['cli/main.js', 'stop', '--reason', 'drill', '--json'];
    const { stdout } = await run(process.execPath, args, { cwd: DIST, env });
    expect(JSON.parse(stdout)).toMatchObject({ fenced: true });
    const refused = prepare('run', '--feed', 'synthetic', '--seed', '9', '--bars', '300');
    // Another feed: only where the halted run holds nothing; either way it says so.
    await refused.then(
      (said) => expect(said).toContain('HALTED'),
      (error: { readonly stderr?: string }) => expect(error.stderr).toContain('is not finished'),
    );
  });
});

const FEED = ['--feed', 'synthetic', '--seed', '1', '--bars', '1200', '--speed', '600'];
const LOCKED = (): readonly string[] => ['flock', '-n', '-F', join(home, 'journal/executor.lock')];

function secret(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  return path;
}

async function prepare(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['workers/prepare/main.js', ...args], {
    cwd: DIST,
    env,
  });
  return stdout;
}

function begin(name: string, args: readonly string[], under: readonly string[] = []): void {
  const log = openSync(join(home, `${name}.log`), 'a');
  const [command = '', ...rest] = [...under, process.execPath, ...args];
  const files = {
    OVERMIND_RUN_ID_FILE: join(home, 'run', 'run-id'),
    OVERMIND_MARKETS_FILE: join(home, 'run', 'markets'),
    OVERMIND_BEAT_FILE: beatOf(name),
  };
  const child = spawn(command, rest, {
    cwd: DIST,
    env: { ...env, ...(name === 'simnet' ? {} : files) },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  started.set(name, { child, gone });
}

/** The health check of its container: a beat that is younger than ten seconds. */
async function beginAndBeat(
  name: string,
  args: readonly string[],
  under?: readonly string[],
): Promise<void> {
  const beginMs = Date.now();
  begin(name, args, under);
  const check = 'test -n "$(find "$1" -newermt "-10 seconds")"';
  const what = () => `beat of ${name}:\n${readFileSync(join(home, `${name}.log`), 'utf8')}`;
  await until(
    what,
    async () => {
      // Of this life, not of the one before.
      const { mtimeMs } = statSync(beatOf(name), { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
      if (mtimeMs < beginMs) return false;
      await run('sh', ['-c', check, 'sh', beatOf(name)]);
      return true;
    },
    60_000,
  );
}

const beatOf = (name: string): string => join(home, `${name}.beat`);

async function end(name: string, signal: NodeJS.Signals): Promise<void> {
  started.get(name)?.child.kill(signal);
  await started.get(name)?.gone;
}

async function health(): Promise<number> {
  try {
    return (await fetch(`http://127.0.0.1:${env['OVERMIND_API_PORT']}/health`)).status;
  } catch {
    return 0;
  }
}

/** Undefined: none yet. */
async function count(table: 'runs' | 'trades'): Promise<number | undefined> {
  const { rows } = await pool.query<{ n: string }>(`select count(*) as n from ${table}`);
  return Number(rows[0]?.n) || undefined;
}

async function epoch(): Promise<number> {
  const { rows } = await pool.query<{ epoch: string }>(
    'select max(executor_epoch) as epoch from executor_lease',
  );
  return Number(rows[0]?.epoch);
}

async function freePorts(many: number): Promise<readonly number[]> {
  const held = await Promise.all(
    Array.from({ length: many }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
