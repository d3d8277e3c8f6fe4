import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { processEntry, writeRunFile } from '../../../workers/dev/run-file.ts';
import { runCli } from '../../support/cli.ts';
import { makeSecrets } from '../../support/executor.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aClosedTrade, aRunRow } from '../../support/trade-ledger.ts';

const { home, wallet } = makeSecrets();
const TRADE_MS = Date.UTC(2025, 4, 4, 13, 1);
const TRADE = `r1-SOL-USDC-breakout-${TRADE_MS}`;
const at = TRADE_MS - 31 * 60_000;
const id = `SOL-USDC@${at}`;

let servers: TestServers;
let pool: LedgerPool;
const cli = (...args: readonly string[]) => runCli(args, { OVERMIND_HOME: home });

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await aRunRow(pool, 'r1', wallet);
  await aClosedTrade(pool, { market: 'SOL-USDC', signalId: TRADE, marketTimeMs: TRADE_MS });
  const me = processEntry(process.pid);
  if (!me) throw new Error('this process lives');
  writeRunFile(home, {
    run: 'r1',
    mode: 'paper',
    startedAtMs: Date.now(),
    processes: { trading: me },
    addresses: {
      postgres: servers.postgresUrl,
      temporalUi: 'http://127.0.0.1:8233',
      brain: 'http://127.0.0.1:1',
    },
  });
  await pool.query(
    `insert into market_states (run_id, market, market_time_ms, feature_version, close, features,
       outcome_bps, resolved_market_ms)
     values ('r1', 'SOL-USDC', $1, 'state_v1', '147.2', '{0.5,-1}', 31.5, $1::bigint + 1800000)`,
    [at],
  );
  const neighbours = [
    { id, distance: 0.4, weight: 0.25, outcomeBps: 31.5 },
    { id: 'SOL-USDC@1', distance: 1, weight: 0.75, outcomeBps: -2 },
  ];
  await pool.query(
    `update trades set opinion = jsonb_set(opinion, '{neighbours}', $2::jsonb) where signal_id = $1`,
    [TRADE, JSON.stringify(neighbours)],
  );
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('overmind memory', () => {
  it('shows a memory, its outcome and the trades that it voted on', async () => {
    const [text, data] = await Promise.all([
      cli('memory', 'show', id),
      cli('memory', 'show', id, '--json'),
    ]);
    expect(text.stdout).toMatch(/outcome +\+31\.5 bps, known since/);
    expect(text.stdout).toMatch(/vote +may vote/);
    expect(text.stdout).toMatch(new RegExp(`${TRADE} +closed +25\\.0 %.*/workflows/`));
    const list = new URL(String(data.json()['webUiList'])).searchParams.get('query');
    expect(list).toMatch(new RegExp(`^WorkflowId IN \\("[^"]*${TRADE}"\\)$`));
    expect(text.stdout).toMatch(/as a list +http:\/\/127\.0\.0\.1:8233\//);
    expect(data.json()).toMatchObject({
      ...{ id, runId: 'r1', close: '147.2', features: [0.5, -1], outcomeBps: 31.5 },
      trades: [{ signalId: TRADE, weight: 0.25 }],
    });
  });

  it('revokes one, also while the brain is away, and keeps the first reason', async () => {
    const revoke = (reason: string) => cli('memory', 'revoke', id, '--reason', reason);
    expect((await revoke('a wrong print')).stdout).toMatch(/did not answer.*next start/);
    expect((await revoke('another')).stdout).toMatch(/vote +revoked .*: a wrong print/);
  });

  it.each([
    ['what is no id', 'nonsense', 2, /memory id: got nonsense/],
    ['what nobody remembers', 'SOL-USDC@7', 1, /r1 remembers nothing under SOL-USDC@7/],
  ])('refuses %s', async (_what, asked, exit, says) => {
    const { code, stderr } = await cli('memory', 'revoke', asked);
    expect(stderr).toMatch(says);
    expect(code).toBe(exit);
  });
});
