import { queryRows, inTransaction, type LedgerPool } from '../../adapters/ledger/connect.ts';
import type { FeedArgs } from '../../domain/market/market-feed.ts';
import type { RunId } from '../../domain/shared/ids.ts';
import type { AssetDelta } from '../../domain/settlement/settlement.ts';

export type Unfinished = {
  readonly runId: RunId;
  readonly feed: FeedArgs;
  readonly hasBaseline: boolean;
};

/** The last run, where it did not come to its end. */
export async function readUnfinished(pool: LedgerPool): Promise<Unfinished | undefined> {
  const [row] = await queryRows<{ run_id: string; feed: FeedArgs; has_baseline: boolean }>(
    pool,
    'read unfinished run',
    {
      text: `select run_id, feed, baseline is not null as has_baseline
        from runs where state <> 'ended' order by started_at desc limit 1`,
    },
  );
  return row && { runId: row.run_id, feed: row.feed, hasBaseline: row.has_baseline };
}

/**
 * For a ledger whose paper chain is gone: what is open in it can neither land nor be sold any more.
 * Everything of earlier runs goes; epochs and a halt stay.
 */
export async function clearRuns(pool: LedgerPool): Promise<void> {
  await inTransaction(pool, 'clear runs', async (client) => {
    await client.query('truncate runs cascade');
    await client.query("delete from exposure where scope <> 'total'");
    await client.query('update exposure set reserved = 0, spent = 0');
    await client.query(
      'update control set reduce_only_until_market_ms = null, reduce_only_reason = null',
    );
  });
}

/** A day's loss belongs to its run; the market day of another run is another day. */
export async function openRun(
  pool: LedgerPool,
  run: {
    readonly runId: RunId;
    readonly feed: FeedArgs;
    readonly mode: string;
    readonly wallet: string;
  },
): Promise<void> {
  await inTransaction(pool, 'open run', async (client) => {
    await client.query('insert into runs (run_id, feed, mode, wallet) values ($1, $2, $3, $4)', [
      run.runId,
      JSON.stringify(run.feed),
      run.mode,
      run.wallet,
    ]);
    await client.query(
      'update control set reduce_only_until_market_ms = null, reduce_only_reason = null',
    );
  });
}

/** The same feed, perhaps at another speed. */
export async function resumeRun(pool: LedgerPool, runId: RunId, feed: FeedArgs): Promise<void> {
  await queryRows(pool, 'resume run', {
    text: `update runs set feed = $2, state = 'starting', ended_at = null where run_id = $1`,
    values: [runId, JSON.stringify(feed)],
  });
}

export async function recordBaseline(
  pool: LedgerPool,
  runId: RunId,
  balances: readonly AssetDelta[],
): Promise<void> {
  const baseline = Object.fromEntries(balances.map(({ asset, amount }) => [asset, String(amount)]));
  await queryRows(pool, 'record baseline', {
    text: 'update runs set baseline = $2 where run_id = $1',
    values: [runId, JSON.stringify(baseline)],
  });
}

export type RunState = 'starting' | 'running' | 'ending' | 'ended';

export async function recordRunState(
  pool: LedgerPool,
  runId: RunId,
  state: RunState,
): Promise<void> {
  await queryRows(pool, 'record run state', {
    text: `update runs set state = $2, ended_at = case when $2 = 'ended' then now() end
      where run_id = $1`,
    values: [runId, state],
  });
}

export type Latch = { readonly haltEpoch: number; readonly reason: string };

/** The halt that is latched, if one is. */
export async function readLatch(pool: LedgerPool): Promise<Latch | undefined> {
  const [row] = await queryRows<{ halt_epoch: string; halt_reason: string | null }>(
    pool,
    'read halt',
    { text: 'select halt_epoch, halt_reason from control where halted' },
  );
  return row && { haltEpoch: Number(row.halt_epoch), reason: row.halt_reason ?? 'no reason given' };
}
