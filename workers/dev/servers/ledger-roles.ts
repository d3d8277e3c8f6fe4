import pg from 'pg';
import { LEDGER_ROLES, roleName, type LedgerRole } from '../../../adapters/ledger/roles.ts';
import { readPassword } from './secrets.ts';

/** The ledger's address as a process has it. */
export type RoleUrl = (role: LedgerRole) => string;

/**
 * A login of its own for each process. `admin` is the address of somebody who may make roles, `url`
 * the ledger's. Where nobody may, every process gets `url`, and `say` is told so.
 */
export async function makeLedgerRoles(options: {
  readonly admin: string;
  readonly url: string;
  readonly home: string;
  readonly say: (line: string) => void;
}): Promise<RoleUrl> {
  const { admin, url, home, say } = options;
  const client = new pg.Client({ connectionString: admin });
  await client.connect();
  try {
    const { rows } = await client.query<{ may: boolean }>(
      'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
    );
    if (rows[0]?.may !== true) {
      say('Postgres: this user may not make roles, so every process has all of its rights');
      return () => url;
    }
    for (const role of LEDGER_ROLES) await makeRole(client, role, passwordOf(home, role));
  } finally {
    await client.end();
  }
  return (role) => {
    const address = new URL(url);
    address.username = roleName(role);
    address.password = encodeURIComponent(passwordOf(home, role));
    return address.href;
  };
}

const passwordOf = (home: string, role: LedgerRole): string =>
  readPassword(home, `postgres-${role}`, undefined);

async function makeRole(client: pg.Client, role: LedgerRole, password: string): Promise<void> {
  const name = roleName(role);
  const known = await client.query('select 1 from pg_roles where rolname = $1', [name]);
  const verb = known.rowCount === 0 ? 'create' : 'alter';
  const literal = pg.escapeLiteral(password);
  await client.query(`${verb} role ${name} login nosuperuser nocreatedb password ${literal}`);
}
