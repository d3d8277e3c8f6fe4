import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdvisoryLock } from '../../../adapters/ledger/advisory-lock.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import {
  openTradeRow,
  readTradesWithoutPermit,
  recordAbandoned,
} from '../../../adapters/ledger/trade-rows.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aCandidate } from '../../support/trade-wires.ts';

let servers: TestServers;
let pool: LedgerPool;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
  await pool.query(
    "insert into runs (run_id, feed, mode, wallet) values ('r1', '{}', 'paper', 'wallet')",
  );
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

describe('the row of a trade', () => {
  const candidate = aCandidate();
  const { signalId } = candidate;
  const stageOf = async (): Promise<unknown> =>
    (await pool.query('select stage, reasons from trades where signal_id = $1', [signalId]))
      .rows[0];

  it('is made once, and stays as it is when the candidate comes again', async () => {
    await openTradeRow(pool, candidate, 'trade/1');
    await pool.query("update trades set stage = 'approving' where signal_id = $1", [signalId]);
    await openTradeRow(pool, candidate, 'trade/1');
    expect(await stageOf()).toEqual({ stage: 'approving', reasons: [] });
  });

  it('is found while it has no permit, and ended once', async () => {
    expect(await readTradesWithoutPermit(pool, 'r1')).toEqual([{ market: 'SOL-USDC', signalId }]);
    expect(await readTradesWithoutPermit(pool, 'r2')).toEqual([]);
    await recordAbandoned(pool, { signalId, end: 'declined', reasons: ['run-ended'] });
    await recordAbandoned(pool, { signalId, end: 'failed', reasons: ['too late'] });
    expect(await stageOf()).toEqual({ stage: 'declined', reasons: ['run-ended'] });
    expect(await readTradesWithoutPermit(pool, 'r1')).toEqual([]);
  });
});

describe('an advisory lock', () => {
  it('is held by one at a time, and passes on when its holder lets go', async () => {
    const [first, second] = [createAdvisoryLock(pool, 7), createAdvisoryLock(pool, 7)];
    expect([await first.holds(), await first.holds(), await second.holds()]).toEqual([
      true,
      true,
      false,
    ]);
    await first.release();
    expect(await second.holds()).toBe(true);
    await second.release();
  });

  it('is lost with its connection', async () => {
    const [first, second] = [createAdvisoryLock(pool, 8), createAdvisoryLock(pool, 8)];
    expect(await first.holds()).toBe(true);
    await pool.query(
      `select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and objid = 8 and granted`,
    );
    await expect.poll(() => second.holds(), { timeout: 10_000 }).toBe(true);
    expect(await first.holds()).toBe(false);
    await second.release();
  });
});
