import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OvermindError } from '../../domain/shared/errors.ts';
import { asLedgerError, inTransaction, type LedgerPool, type Queryable } from './connect.ts';

const FOLDER = join(import.meta.dirname, 'migrations');
const FILE_NAME = /^(\d{3})-[a-z0-9-]+\.sql$/;
/** Any number: two starters at once must not both apply a file. */
const LOCK_KEY = 7_041_001;

/**
 * Applies the numbered files that this database lacks, in order, each in a transaction of its own.
 * Safe to repeat and to run from two processes at once. Returns the names of what it applied.
 */
export async function migrate(pool: LedgerPool, folder = FOLDER): Promise<readonly string[]> {
  const files = await readMigrations(folder);
  await pool
    .query(
      `create table if not exists schema_versions (
         version int primary key, name text not null, applied_at timestamptz not null default now())`,
    )
    .catch((cause: unknown) => {
      // Two at once: `if not exists` still races on the catalogue; the other one has made it.
      if ((cause as { code?: string }).code !== '23505') throw asLedgerError('migrate', cause);
    });
  const applied: string[] = [];
  for (const file of files) {
    if (await applyOnce(pool, file, folder)) applied.push(file.name);
  }
  return applied;
}

/** Names of the files that this database lacks; applies nothing. */
export async function missingMigrations(
  pool: Queryable,
  folder = FOLDER,
): Promise<readonly string[]> {
  const files = await readMigrations(folder);
  const { rows } = await pool
    .query<{ version: number }>('select version from schema_versions')
    .catch((cause: unknown) => {
      throw asLedgerError('read schema versions', cause);
    });
  const applied = new Set(rows.map(({ version }) => version));
  return files.filter(({ version }) => !applied.has(version)).map(({ name }) => name);
}

type Migration = { readonly version: number; readonly name: string };

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return names.map((name, index) => {
    const version = Number(FILE_NAME.exec(name)?.[1]);
    // A gap or a double number means that two changes met; guessing an order could lose data.
    if (version !== index + 1) {
      throw new OvermindError('ledger/conflict', {
        operation: 'migrate',
        fault: `${name} should be number ${index + 1}`,
      });
    }
    return { version, name };
  });
}

async function applyOnce(
  pool: LedgerPool,
  { version, name }: Migration,
  folder: string,
): Promise<boolean> {
  const sql = await readFile(join(folder, name), 'utf8');
  return inTransaction(pool, `migrate ${name}`, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    const known = await client.query('select 1 from schema_versions where version = $1', [version]);
    if (known.rowCount) return false;
    await client.query(sql);
    await client.query('insert into schema_versions (version, name) values ($1, $2)', [
      version,
      name,
    ]);
    return true;
  });
}
