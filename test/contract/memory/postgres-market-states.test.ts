import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, queryRows, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import {
  createMarketStates,
  type MarketStates,
  type StoredState,
} from '../../../adapters/memory/postgres-market-states.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';

let servers: TestServers;
let pool: LedgerPool;
let states: MarketStates;

const open = (runId: string): MarketStates =>
  createMarketStates(runId, (operation, query) => queryRows(pool, operation, query));
const aState = (marketTimeMs: number, over: Partial<StoredState> = {}): StoredState => ({
  market: 'SOL-USDC',
  marketTimeMs,
  featureVersion: 'state_v1',
  close: '150.250',
  features: [0.5, Math.fround(-1 / 3)],
  policyVersion: 'fast_v2',
  reading: undefined,
  ...over,
});
const rowsOf = async (marketTimeMs: number) => {
  const query = 'select * from market_states where market_time_ms = $1';
  return (await pool.query(query, [marketTimeMs])).rows as unknown[];
};

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test');
  await migrate(pool);
  await pool.query(
    `insert into runs (run_id, feed, mode, wallet) values ('r1', '{}', 'paper', 'w')`,
  );
  states = open('r1');
});

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

describe('market states in Postgres', () => {
  it('keeps price and features exactly, and no outcome yet', async () => {
    await states.recordStates([aState(1), aState(2, { market: 'BONK-USDC', close: '1.3e-5' })]);
    expect(await rowsOf(1)).toEqual([
      {
        run_id: 'r1',
        market: 'SOL-USDC',
        market_time_ms: '1',
        feature_version: 'state_v1',
        close: '150.250',
        features: [0.5, -0.33333334],
        outcome_bps: null,
        resolved_market_ms: null,
        policy_version: 'fast_v2',
        strength: null,
        distance_to_memory: null,
        direction: null,
        raw_probability: null,
      },
    ]);
    expect(await rowsOf(2)).toMatchObject([{ market: 'BONK-USDC', close: '1.3e-5' }]);
  });

  it('gives back, bit for bit, what this version of the policy found', async () => {
    const thoughtful = {
      strength: 0.1 + 0.2,
      distanceToMemory: Math.PI,
      thought: { direction: 'up', confidence: 1 / 3 },
    } as const;
    const unknown = { strength: 0, distanceToMemory: 7e-300, thought: undefined };
    await states.recordStates([
      aState(101, { reading: thoughtful }),
      aState(102, { reading: unknown }),
      aState(103),
      aState(104, { reading: thoughtful, policyVersion: 'fast_v1' }),
    ]);
    const found = (await states.readReadings('fast_v2')).toSorted(
      (a, b) => a.marketTimeMs - b.marketTimeMs,
    );
    const { market, featureVersion, close } = aState(101);
    // As its shortest text says it: made a number of four bytes again, it is the same.
    const of = { market, featureVersion, close, features: [0.5, -0.33333334] };
    expect(found).toEqual([
      { ...of, marketTimeMs: 101, reading: thoughtful },
      { ...of, marketTimeMs: 102, reading: unknown },
    ]);
    expect(await open('r2').readReadings('fast_v2')).toEqual([]);
  });

  it('leaves a state that is there as it is', async () => {
    await states.recordStates([aState(3)]);
    await states.recordStates([aState(3, { close: '999' }), aState(4)]);
    expect(await rowsOf(3)).toMatchObject([{ close: '150.250' }]);
    expect(await rowsOf(4)).toHaveLength(1);
  });

  it('adds an outcome once, to its own state alone', async () => {
    const label = { market: 'SOL-USDC', marketTimeMs: 5, outcomeBps: -12.345678, resolvedMs: 35 };
    await states.recordStates([aState(5), aState(5, { market: 'BONK-USDC' })]);
    await states.recordLabels([label, { ...label, marketTimeMs: 99 }]);
    await states.recordLabels([{ ...label, outcomeBps: 7 }]);
    const rows = await rowsOf(5);
    expect(rows).toContainEqual(
      expect.objectContaining({
        market: 'SOL-USDC',
        outcome_bps: -12.345678,
        resolved_market_ms: '35',
      }),
    );
    expect(rows).toContainEqual(
      expect.objectContaining({ market: 'BONK-USDC', outcome_bps: null }),
    );
    expect(await rowsOf(99)).toEqual([]);
  });

  it('refuses states of a run that does not exist, for good', async () => {
    await expect(open('r9').recordStates([aState(6)])).rejects.toMatchObject({
      code: 'ledger/conflict',
      retryable: false,
    });
  });
});
