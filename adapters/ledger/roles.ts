import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inTransaction, queryRows, type LedgerPool } from './connect.ts';

/**
 * Each process has a role of its own in the ledger, and dashboards have one; what it may do there is
 * in `roles.sql`.
 */
export const LEDGER_ROLES = ['executor', 'ingest', 'brain', 'trading', 'api', 'reader'] as const;
export type LedgerRole = (typeof LEDGER_ROLES)[number];

export const roleName = (role: LedgerRole): string => `overmind_${role}`;

const GRANTS = join(import.meta.dirname, 'roles.sql');
/** Any number of its own: two starters at once would meet in the catalogue. */
const LOCK_KEY = 7_041_005;

/** False where the server has no such roles: then every process is the schema's owner. */
export async function grantRoles(pool: LedgerPool): Promise<boolean> {
  const rows = await queryRows(pool, 'read roles', {
    text: 'select 1 from pg_roles where rolname = any($1)',
    values: [LEDGER_ROLES.map(roleName)],
  });
  if (rows.length < LEDGER_ROLES.length) return false;
  const sql = await readFile(GRANTS, 'utf8');
  await inTransaction(pool, 'grant roles', async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK_KEY]);
    await client.query(sql);
  });
  return true;
}
