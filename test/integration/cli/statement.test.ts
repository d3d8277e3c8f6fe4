import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { tradeLine } from '../../../workers/trade-line.ts';
import { runCli } from '../../support/cli.ts';
import { makeSecrets } from '../../support/executor.ts';
import { permitFor } from '../../support/permits.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aClosedTrade, aRunRow } from '../../support/trade-ledger.ts';

const { home, wallet } = makeSecrets();
const MARKET_MS = Date.UTC(2025, 4, 4, 13, 1);
const ID = `r1-SOL-USDC-breakout-${MARKET_MS}`;

let servers: TestServers;
let pool: LedgerPool;
const cli = (...args: readonly string[]) =>
  runCli(args, { OVERMIND_HOME: home, DATABASE_URL: servers.postgresUrl });

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await aRunRow(pool, 'r1', wallet);
  await aClosedTrade(pool, { signalId: ID, marketTimeMs: MARKET_MS });
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('overmind statement', () => {
  const now = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();

  it('adds up what was executed, at which prices and costs', async () => {
    const { code, json } = await cli('statement', '--run', 'r1', '--json');
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      rows: [
        {
          leg: 'entry',
          exchange: { base: '1360000000', quote: '200000000' },
          cost: { decidedPrice: '146.74', filledPrice: '147.059', slippageBps: 0 },
          fee: '5000',
          tip: '1000',
          lamports: '6000',
        },
        {
          leg: 'exit',
          cost: { slippageBps: 5 },
          realisedPnl: '1250000',
          exitReason: 'take-profit',
        },
      ],
      totals: {
        ...{ landed: 2, failed: 0, expired: 0, fee: '10000', tip: '2000', rent: '0' },
        ...{ costs: '50000', turnover: '401300000', realisedPnl: '1250000' },
        walletChange: { SOL: '-12000', [permitFor().mintIn]: '1300000' },
      },
    });
    // The result is the trade's: it must not be counted for each leg.
    expect(Object.keys((json()['rows'] as object[])[0] ?? {})).not.toContain('realisedPnl');
  });

  it('shows a person the same', async () => {
    const { stdout } = await cli('statement');
    for (const line of [
      /entry +1\.36 SOL +146\.74 +147\.059 +147\.798 +147\.059 +\+0 bps +\+22 bps +0\.000005 +0\.000001 +0$/m,
      /exit +1\.36 SOL .* \+5 bps .* \+1\.25$/m,
      /^legs +2 landed · 0 failed · 0 expired$/m,
      /^realised +\+1\.25 USDC, net of all costs$/m,
      /^wallet +.*−0\.000012 SOL/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('is a table for other programs', async () => {
    const { stdout } = await cli('statement', '--csv');
    const [titles = '', entry = '', exit = '', ...rest] = stdout.trimEnd().split('\r\n');
    expect(rest).toEqual([]);
    const of = (line: string): Record<string, string> => {
      const cells = line.split(',');
      return Object.fromEntries(titles.split(',').map((title, at) => [title, cells[at] ?? '']));
    };
    expect(of(entry)).toMatchObject({
      ...{ trade: ID, leg: 'entry', side: 'buy', end: 'landed', base_amount: '1.36' },
      ...{ quote_amount: '200', fee_sol: '0.000005', tip_sol: '0.000001', realised_pnl_quote: '' },
    });
    expect(of(exit)).toMatchObject({ quote_amount: '201.3', realised_pnl_quote: '1.25' });
  });

  it.each([
    ['before anything was settled', ['--to', '2020-01-01'], 0, /^Nothing was settled/],
    ['after everything', ['--from', now(60_000), '--to', now(120_000)], 0, /^Nothing was settled/],
    ['of another run', ['--run', 'r9'], 0, /^Nothing was settled/],
  ])('is empty %s', async (_what, args, expected, says) => {
    const { code, stdout } = await cli('statement', ...args);
    expect(stdout).toMatch(says);
    expect(code).toBe(expected);
  });

  it.each([
    ['a time that is none', ['--from', 'yesterday'], 2, /expected a time/],
    ['an end before its beginning', ['--from', now(0), '--to', now(-1)], 2, /--to/],
  ])('refuses %s', async (_what, args, expected, says) => {
    const { code, stderr } = await cli('statement', ...args);
    expect(stderr).toMatch(says);
    expect(code).toBe(expected);
  });
});

describe('overmind logs', () => {
  it('finds the lines of a trade by a part of its id', async () => {
    mkdirSync(join(home, 'logs'), { recursive: true });
    const line = { level: 30, time: 1_000, process: 'trading', ...tradeLine(ID), how: 'eager' };
    const text = JSON.stringify({ ...line, msg: 'trade started' });
    writeFileSync(join(home, 'logs', 'trading.log'), `${text}\n`);
    const { code, json } = await cli('logs', ID.slice(-20), '--json');
    expect(json()).toMatchObject({ signalId: ID, lines: [{ message: 'trade started' }] });
    expect(code).toBe(0);
  });

  it('takes the id as it is while the ledger is away', async () => {
    const away = { OVERMIND_HOME: home, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const { code, stdout } = await runCli(['logs', ID], away);
    expect(stdout).toContain('trade started');
    expect(code).toBe(0);
  });
});
