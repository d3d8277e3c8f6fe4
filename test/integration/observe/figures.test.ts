import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { readDecisionFigures } from '../../../adapters/ledger/read-decision-figures.ts';
import { readBusinessFigures } from '../../../adapters/ledger/read-figures.ts';
import { grantRoles } from '../../../adapters/ledger/roles.ts';
import { loadMarkets } from '../../../config/markets.ts';
import { anOpinion } from '../../support/trade-wires.ts';
import { aBaseline, anObservedRun } from '../../support/observed-run.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aRunRow } from '../../support/trade-ledger.ts';

let servers: TestServers;
let owner: LedgerPool;
let pool: LedgerPool;
const quoteMint = loadMarkets()[0]?.quote.mint ?? '';

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  owner = createPool(servers.postgresUrl, 'owner', 2);
  await migrate(owner);
  await grantRoles(owner);
  await aRunRow(owner, 'r0', 'w');
  await aRunRow(owner, 'r1', 'w');
  // What the api's own role may not read is no figure.
  pool = createPool(servers.postgresUrlOf('api'), 'api', 2);
}, 120_000);

afterAll(async () => {
  await Promise.all([owner, pool].map((one) => one?.end()));
  await servers?.stop();
});

describe('the figures of a run', () => {
  it('say nothing of what has not happened', async () => {
    const figures = await readBusinessFigures(pool, { runId: 'r0', quoteMint });
    expect(figures).toEqual({
      costs: '0',
      slippageBps: {},
      exposureByMarket: {},
      refusalsByRule: {},
      errorsByStage: { analyse: 0, trade: 0, execute: 0, settle: 0 },
      unreported: { count: 0, oldestMs: 0 },
    });
    expect(await readDecisionFigures(pool, 'r0')).toEqual({
      judged: 0,
      decisions: 0,
      decisionsByPolicy: {},
      consultations: [],
      llmMicroUsd: 0,
    });
  });

  it('are those of the ledger', async () => {
    await anObservedRun(owner);
    await aBaseline(owner);
    const figures = await readBusinessFigures(pool, { runId: 'r1', quoteMint });
    expect(figures).toMatchObject({
      costs: '100000',
      winRatio: 0.5,
      exposureByMarket: { 'SOL-USDC': '200000000' },
      refusalsByRule: { 'cool-down': 1, notional: 1 },
      errorsByStage: { analyse: 1, trade: 0, execute: 0, settle: 0 },
      reconciliation: { differences: 0 },
      // The baseline and every entry since: fees and results of two trades, and one of each.
      wallet: { SOL: '9499976000', [quoteMint]: '10001600000' },
    });
    expect(figures.riskScore?.max).toBe(0.8);
    expect(figures.riskScore?.mean).toBeCloseTo((4 * 0.4 + 0.8) / 5);
    expect(figures.unreported.count).toBe(1);
    expect(figures.unreported.oldestMs).toBeGreaterThanOrEqual(0);
    expect(Object.keys(figures.slippageBps)).toEqual(['0.5', '0.9', '0.99']);
  });

  it('compare each fill with its own quote, against us above 0', async () => {
    const { rows } = await owner.query<{ bps: number }>(
      `select (1 - (s.fill ->> 'amountOut')::float8 / (p.signal ->> 'quotedOut')::float8) * 10000
         as bps from settlements s join permits p using (permit_id) order by 1`,
    );
    const { slippageBps } = await readBusinessFigures(pool, { runId: 'r1', quoteMint });
    const [least, most] = [rows[0]?.bps ?? 0, rows.at(-1)?.bps ?? 0];
    expect(slippageBps['0.5']).toBeCloseTo((least + most) / 2, 6);
    expect(slippageBps['0.99']).toBeLessThanOrEqual(most);
  });

  it('judge opinions by what the market did, traded or not', async () => {
    const figures = await readDecisionFigures(pool, 'r1');
    const p = anOpinion().probability;
    const squares = [(p - 1) ** 2, (p - 1) ** 2, p ** 2, 0.25 ** 2];
    // Up and rose, up and rose, up and fell, down and fell.
    expect(figures.judged).toBe(4);
    expect(figures.hitRatio).toBe(0.75);
    expect(figures.brier).toBeCloseTo(squares.reduce((sum, one) => sum + one, 0) / 4, 9);
    expect(figures.conviction).toBeCloseTo((0.82 * 2 + 0.4 + 0.3 + anOpinion().conviction) / 5, 9);
  });

  it('say who had the last word, and what it cost', async () => {
    const { decisions, decisionsByPolicy, consultations, llmMicroUsd } = await readDecisionFigures(
      pool,
      'r1',
    );
    expect(decisions).toBe(3);
    expect(decisionsByPolicy).toEqual({ fast: 2, primary: 1 });
    expect(consultations).toEqual([{ provider: 'primary', result: 'veto', count: 1 }]);
    expect(llmMicroUsd).toBe(1_200);
  });
});
