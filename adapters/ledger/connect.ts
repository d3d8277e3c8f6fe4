import pg from 'pg';
import { OvermindError } from '../../domain/shared/errors.ts';

export type LedgerPool = pg.Pool;
/** What a query needs: the pool, or one client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

const CONNECTIONS_MAX = 10;
/** A statement that takes this long is stuck behind a lock; its caller has given up before. */
const STATEMENT_MS_MAX = 5_000;
const CONNECT_MS_MAX = 3_000;

const INT8 = 20;
const NUMERIC = 1_700;

/**
 * A pool whose `bigint` and `numeric` columns arrive as exact strings, never as floats: the reader
 * of a row says whether it is money (`wholeNumber`) or a small count (`Number`).
 */
export function createPool(
  url: string,
  name: string,
  connectionsMax = CONNECTIONS_MAX,
): LedgerPool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: `overmind-${name}`,
    max: connectionsMax,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === INT8 || oid === NUMERIC
          ? (text: string) => text
          : (pg.types.getTypeParser(oid, format ?? 'text') as (text: string) => unknown),
    },
  });
  // An idle connection that breaks is replaced by the next query; unheard, it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Errors of Postgres that a retry can cure: it is away, starting, or two transactions collided. */
const RETRYABLE_STATE = /^(08|53|57P|40001|40P01|55P03|57014)/;

/** Maps a driver's error to `ledger/unreachable`, or `ledger/conflict` where trying again is vain. */
export function asLedgerError(operation: string, cause: unknown): Error {
  if (cause instanceof OvermindError) return cause;
  const { code, message } = cause as { code?: string; message?: string }; // Drivers throw Errors.
  const fault = `${code ?? ''} ${message ?? String(cause)}`.trim();
  // Five characters are an SQL state; anything else comes from the socket or the pool.
  const isSqlState = code !== undefined && /^[0-9A-Z]{5}$/.test(code);
  const retryable = !isSqlState || RETRYABLE_STATE.test(code);
  // A bug of ours is no operating error.
  if (cause instanceof TypeError || cause instanceof RangeError) return cause;
  return new OvermindError(
    retryable ? 'ledger/unreachable' : 'ledger/conflict',
    { operation, fault },
    { cause },
  );
}

/** One query outside a transaction. */
export async function queryRows<Row extends pg.QueryResultRow>(
  on: Queryable,
  operation: string,
  query: { readonly text: string; readonly values?: readonly unknown[]; readonly name?: string },
): Promise<readonly Row[]> {
  try {
    const result = await on.query<Row>({ ...query, values: [...(query.values ?? [])] });
    return result.rows;
  } catch (cause) {
    throw asLedgerError(operation, cause);
  }
}

/** Runs `work` in one transaction. Whatever it throws rolls everything back. */
export async function inTransaction<Result>(
  pool: LedgerPool,
  operation: string,
  work: (client: pg.PoolClient) => Promise<Result>,
): Promise<Result> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (cause) {
    throw asLedgerError(operation, cause);
  }
  // A connection that breaks between two queries says so here; unheard, it would end the process.
  const unheard = (): void => undefined;
  client.on('error', unheard);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.off('error', unheard);
    client.release();
    return result;
  } catch (cause) {
    // A connection that cannot even roll back is thrown away.
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    if (!broken) client.off('error', unheard); // A broken one may say more than once that it is.
    client.release(broken);
    throw asLedgerError(operation, cause);
  }
}
