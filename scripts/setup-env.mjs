// `npm run setup:env`: .env and the secret files that docker-compose.yml names. What is there stays.
// Plain JavaScript and Node builtins only: the host needs no package for it.
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A root's files belong to a user of no account, as whom the containers then run. */
const UNPRIVILEGED = 10_001;

const folder = resolve(process.argv[2] ?? '.');
const isRoot = process.getuid() === 0;
const env = readEnv();
const uid = Number(env.get('OVERMIND_UID') ?? (isRoot ? UNPRIVILEGED : process.getuid()));
const gid = Number(env.get('OVERMIND_GID') ?? (isRoot ? UNPRIVILEGED : process.getgid()));

const secrets = join(folder, 'secrets');
mkdirSync(secrets, { recursive: true, mode: 0o700 });
chmodSync(secrets, 0o700);
own(secrets);
mkdirSync(join(folder, 'recordings'), { recursive: true });

const made = [];
const random = () => randomBytes(24).toString('hex');
secret('postgres_password', random);
const overmind = secret('overmind_db_password', random);
secret('temporal_db_password', random);
secret('grafana_db_password', random);
secret('grafana_password', random);
// Empty: alerts reach people, but pause nothing. docs/alerts.md says how it is filled.
secret('alertmanager_token', () => '');
const dragonfly = secret('dragonfly_password', random);
secret('database_url', () => ledgerUrl('overmind', overmind));
// Each process enters the ledger as itself.
for (const role of ['executor', 'ingest', 'brain', 'trading', 'api']) {
  const password = secret(`${role}_db_password`, random);
  secret(`${role}_database_url`, () => ledgerUrl(`overmind_${role}`, password));
}
secret('dragonfly_url', () => `redis://:${dragonfly}@dragonfly:6379`);
secret('dragonfly_flags', () => `--requirepass=${dragonfly}`);
// Seals what is stored. Lost, it takes with it what was sealed: back it up apart from the database.
secret('payload_keys', () => randomBytes(32).toString('hex'));
// Empty: no model is asked. A key goes here, and OVERMIND_LLM_KEY_FILE names the file.
secret('openai_api_key', () => '');

const added = addToEnv([
  ['COMPOSE_PROFILES', 'paper'],
  ['OVERMIND_UID', String(uid)],
  ['OVERMIND_GID', String(gid)],
]);
console.log(made.length > 0 ? `made in ${secrets}: ${made.join(', ')}` : `${secrets}: all there`);
console.log(added.length > 0 ? `added to .env: ${added.join(', ')}` : '.env: all there');
console.log('Next: docker compose up --detach --wait');

function ledgerUrl(user, password) {
  return `postgres://${user}:${password}@postgres:5432/overmind`;
}

/** The text of a secret; makes it where it is missing, readable by its owner from its first byte. */
function secret(name, make) {
  const path = join(secrets, name);
  if (!existsSync(path)) {
    writeFileSync(path, `${make()}\n`, { mode: 0o600, flag: 'wx' });
    made.push(name);
  }
  chmodSync(path, 0o600);
  own(path);
  return readFileSync(path, 'utf8').trimEnd();
}

function own(path) {
  if (isRoot) chownSync(path, uid, gid);
}

function readEnv() {
  const path = join(folder, '.env');
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'utf8').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^\s*([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}

/** Appends what is missing; an operator's own line is never changed. */
function addToEnv(wanted) {
  const missing = wanted.filter(([name]) => !env.has(name));
  if (missing.length === 0) return [];
  const path = join(folder, '.env');
  const before = existsSync(path) ? readFileSync(path, 'utf8').replace(/\n?$/, '\n') : '';
  const lines = missing.map(([name, value]) => `${name}=${value}\n`).join('');
  writeFileSync(path, before + lines, { mode: 0o600 });
  chmodSync(path, 0o600);
  own(path);
  return missing.map(([name]) => name);
}
