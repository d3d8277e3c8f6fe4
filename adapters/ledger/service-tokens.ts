import { isScope, type Scope } from '../../domain/control/scopes.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { queryRows, type Queryable } from './connect.ts';

export type ServiceToken = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  readonly revokedAtMs: number | null;
};

export type ActiveToken = Pick<ServiceToken, 'id' | 'name' | 'scopes'> & { readonly hash: Buffer };

type Row = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly hash: Buffer;
  readonly created_at: Date;
  readonly revoked_at: Date | null;
};

/** Throws `input/invalid` where another token of this name is in use. */
export async function recordServiceToken(
  pool: Queryable,
  { id, name, scopes, hash }: ActiveToken,
): Promise<void> {
  const rows = await queryRows(pool, 'record service token', {
    text: `insert into service_tokens (id, name, hash, scopes) values ($1, $2, $3, $4)
      on conflict do nothing returning id`,
    values: [id, name, hash, [...scopes]],
  });
  if (rows.length > 0) return;
  const expected = 'a name that no token in use has; revoke that one first';
  throw new OvermindError('input/invalid', { field: 'name', got: name, expected });
}

/** Those in use first, then by name. */
export async function listServiceTokens(pool: Queryable): Promise<readonly ServiceToken[]> {
  const rows = await queryRows<Row>(pool, 'list service tokens', {
    text: `select * from service_tokens order by revoked_at is not null, name, created_at`,
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: row.scopes.filter(isScope),
    createdAtMs: row.created_at.getTime(),
    revokedAtMs: row.revoked_at?.getTime() ?? null,
  }));
}

/** False where no token of this name is in use. */
export async function revokeServiceToken(pool: Queryable, name: string): Promise<boolean> {
  const rows = await queryRows(pool, 'revoke service token', {
    text: `update service_tokens set revoked_at = now()
      where name = $1 and revoked_at is null returning id`,
    values: [name],
  });
  return rows.length > 0;
}

export async function readActiveTokens(pool: Queryable): Promise<readonly ActiveToken[]> {
  const rows = await queryRows<Row>(pool, 'read service tokens', {
    name: 'service-tokens',
    text: 'select id, name, scopes, hash from service_tokens where revoked_at is null',
  });
  return rows.map(({ id, name, scopes, hash }) => ({
    ...{ id, name, hash },
    scopes: scopes.filter(isScope),
  }));
}
