import type { PoolClient } from 'pg';
import type { LedgerPool } from './connect.ts';

export type AdvisoryLock = {
  /** True while this process holds it. Asks for it when it does not; never waits for it. */
  holds(): Promise<boolean>;
  release(): Promise<void>;
};

/**
 * A lock of one process among many. It hangs on a connection of its own, so that a process that
 * dies, or loses Postgres, loses it at once.
 */
export function createAdvisoryLock(pool: LedgerPool, key: number): AdvisoryLock {
  let holder: PoolClient | undefined;

  const drop = (): void => {
    holder?.release(true);
    holder = undefined;
  };

  return {
    async holds() {
      try {
        if (holder) {
          await holder.query('select 1'); // Still there? A lost connection has lost the lock.
          return true;
        }
        const client = await pool.connect();
        client.on('error', drop);
        const { rows } = await client.query<{ taken: boolean }>(
          'select pg_try_advisory_lock($1) as taken',
          [key],
        );
        if (rows[0]?.taken) holder = client;
        else client.release();
        return holder !== undefined;
      } catch {
        drop();
        return false;
      }
    },
    async release() {
      await holder?.query('select pg_advisory_unlock($1)', [key]).catch(() => undefined);
      drop();
    },
  };
}
