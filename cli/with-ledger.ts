import { createPool, type LedgerPool } from '../adapters/ledger/connect.ts';
import { findSystem, requirePostgres, type Environment, type System } from './find-system.ts';

const CONNECTIONS_MAX = 2;

/** For commands that only read the ledger. */
export async function withLedger<Result>(
  env: Environment,
  read: (pool: LedgerPool, system: System) => Promise<Result>,
): Promise<Result> {
  const system = findSystem(env);
  const pool = createPool(requirePostgres(system), 'cli', CONNECTIONS_MAX);
  try {
    return await read(pool, system);
  } finally {
    void pool.end().catch(() => undefined); // The process ends with it.
  }
}
