import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { anApprover, beginTrade, entryOf, openRun } from '../../support/settling.ts';

const APPROVALS = 200;
const LIMIT_USD = 2_050n;
const LIMIT = LIMIT_USD * 1_000_000n;

let servers: TestServers;
let pool: LedgerPool;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 10);
  await migrate(pool);
  await openRun(pool);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

describe('two hundred approvals at once', () => {
  it('never reserve more than the limit, and reserve what their permits say', async () => {
    // A market each: nothing but the exposure stands in their way.
    const ids = Array.from({ length: APPROVALS }, (_, at) => `M${at}-USDC`);
    const candidates = await Promise.all(ids.map((id, at) => beginTrade(pool, at, id)));
    const approve = anApprover(pool, loadMarkets(ids), {
      exposureUsdMax: String(LIMIT_USD),
      positionsMax: '100',
    });
    let most = 0n;
    let looking = true;
    const watch = (async () => {
      while (looking) most = max(most, await committed());
    })();
    const verdicts = await Promise.all(candidates.map((one) => approve(entryOf(one))));
    looking = false;
    await watch;

    const approved = verdicts.filter((verdict) => verdict.approved);
    // Ten of 200 USDC, and a smaller one in what is left.
    expect(approved.map(({ signal }) => signal.notional).sort()).toEqual([
      ...Array.from({ length: 10 }, () => '200000000'),
      '50000000',
    ]);
    for (const verdict of verdicts) {
      if (verdict.approved) continue;
      expect(verdict.breaches.map(({ rule }) => rule)).toContain('total-exposure');
    }
    expect(most).toBeLessThanOrEqual(LIMIT);
    expect(await committed()).toBe(LIMIT);
    const { rows } = await pool.query(
      `select (select sum(notional) from permits) as permits, (select count(*) from outbox) as sent,
        (select sum(reserved) from exposure where scope <> 'total') as markets`,
    );
    expect(rows[0]).toEqual({ permits: String(LIMIT), markets: String(LIMIT), sent: '11' });

    // Asked again, each answers as before, and nothing is reserved twice.
    const again = await Promise.all(candidates.map((one) => approve(entryOf(one))));
    expect(again.filter((verdict) => verdict.approved)).toEqual(approved);
    expect(await committed()).toBe(LIMIT);
  }, 120_000);
});

async function committed(): Promise<bigint> {
  const { rows } = await pool.query(
    "select reserved + spent as committed from exposure where scope = 'total'",
  );
  return BigInt(rows[0].committed);
}

const max = (one: bigint, other: bigint): bigint => (one > other ? one : other);
