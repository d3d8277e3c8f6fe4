import type { MarketId } from '../../domain/shared/ids.ts';
import { queryRows, type Queryable } from './connect.ts';

/** Entries of this scope end with the next approval; an entry that is approved runs out its life. */
export async function recordPause(
  pool: Queryable,
  scope: 'all' | MarketId,
  reason: string,
): Promise<void> {
  await queryRows(pool, 'record reduce-only', {
    text: `insert into reduce_only (scope, reason) values ($1, $2)
      on conflict (scope) do update set reason = excluded.reason`,
    values: [scope, reason],
  });
}

/** False where nothing was paused. A day's loss limit is no operator's pause: its day ends it. */
export async function endPause(pool: Queryable, scope: 'all' | MarketId): Promise<boolean> {
  const rows = await queryRows(pool, 'end reduce-only', {
    text: 'delete from reduce_only where scope = $1 returning scope',
    values: [scope],
  });
  return rows.length > 0;
}
