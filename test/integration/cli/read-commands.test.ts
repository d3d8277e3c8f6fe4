import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus } from '../../../adapters/bus/connect.ts';
import { writeJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, FEED_KEY } from '../../../adapters/bus/stream-names.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import type { FeedState } from '../../../domain/market/feed.ts';
import { processEntry, writeRunFile } from '../../../workers/dev/run-file.ts';
import { runCli } from '../../support/cli.ts';
import { aConsultation, aSilence } from '../../support/consultations.ts';
import { makeSecrets } from '../../support/executor.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { aClosedTrade, aRunRow, aTradeRow } from '../../support/trade-ledger.ts';

const { home, wallet } = makeSecrets();
const veto = aConsultation({ verdict: 'veto', reasons: ['trend-against'] });
const START_MS = Date.UTC(2025, 4, 4, 13, 0);
const MINUTE_MS = 60_000;
const idAt = (minute: number, market = 'SOL-USDC') =>
  `r1-${market}-breakout-${START_MS + minute * MINUTE_MS}`;

let servers: TestServers;
let pool: LedgerPool;
const cli = (...args: readonly string[]) => runCli(args, { OVERMIND_HOME: home });

beforeAll(async () => {
  servers = await startTestServers({ postgres: true, dragonfly: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
  await aRunRow(pool, 'r1', wallet);
  const at = (minute: number, market = 'SOL-USDC') => ({
    market,
    signalId: idAt(minute, market),
    marketTimeMs: START_MS + minute * MINUTE_MS,
  });
  await aClosedTrade(pool, at(1));
  await aTradeRow(pool, at(2), {
    stage: 'declined',
    reasons: ['conviction 0.41 below 0.7'],
    advice_aside: JSON.stringify(veto),
  });
  await aTradeRow(pool, at(3, 'BONK-USDC'), {
    stage: 'refused',
    exploring: true,
    breaches: JSON.stringify([{ rule: 'cool-down', limit: '300000', actual: '1000' }]),
    decision_inputs: JSON.stringify({ consultation: aSilence() }),
  });
  const bus = await connectBus(servers.dragonflyUrl, { name: 'test' });
  const feed: FeedState = {
    run: 'r1',
    phase: 'running',
    warmedBars: 200,
    events: 1_234,
    candidates: 3,
    marketTimeMs: START_MS,
    marketTimeEndMs: START_MS + 60 * MINUTE_MS,
    legsInFlight: 0,
    staleMarkets: [],
  };
  await writeJson(bus, FEED_KEY, feed);
  await writeJson(bus, CLOCK_KEY, { marketMs: START_MS, wallMs: Date.now(), rate: 0 });
  bus.disconnect();
  const me = processEntry(process.pid);
  if (!me) throw new Error('this process lives');
  writeRunFile(home, {
    run: 'r1',
    mode: 'paper',
    startedAtMs: Date.now(),
    processes: { trading: me, hotpath: { ...me, startTicks: '1' } },
    addresses: {
      postgres: servers.postgresUrl,
      dragonfly: servers.dragonflyUrl,
      temporalUi: 'http://127.0.0.1:8233',
      brain: 'http://127.0.0.1:1',
    },
  });
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('overmind trades', () => {
  it('lists the newest first, for scripts', async () => {
    const { code, json } = await cli('trades', '--limit', '2', '--json');
    expect(code).toBe(0);
    const { trades } = json() as { trades: Record<string, unknown>[] };
    expect(trades).toHaveLength(2);
    expect(trades[0]).toMatchObject({
      signalId: idAt(3, 'BONK-USDC'),
      stage: 'refused',
      exploring: true,
      breaches: [{ rule: 'cool-down', limit: '300000', actual: '1000' }],
    });
    // Absent, not null: nothing is known of it.
    expect(Object.keys(trades[0] ?? {})).not.toContain('realisedPnl');
  });

  it('shows a person stage, decision, risk, latency and result of each', async () => {
    const { stdout } = await cli('trades');
    const [titles, refused, declined, closed, ...rest] = stdout.trimEnd().split('\n');
    expect(rest).toEqual([]);
    expect(titles).toMatch(/^id +market time +market +screen +stage +decision/);
    expect(refused).toMatch(/BONK-USDC +breakout +refused +cool-down .*exploring$/);
    expect(declined).toMatch(/declined +conviction 0\.41 below 0\.7/);
    expect(closed).toMatch(
      /closed +buy for 200, out by take-profit +0\.82 +\+14\.3 bps +0\.40 +87 µs +\+1\.25$/,
    );
  });

  it.each([['0'], ['1001'], ['many'], ['-3']])('refuses --limit=%s', async (limit) => {
    const { code, stderr } = await cli('trades', `--limit=${limit}`);
    expect(stderr).toMatch(
      new RegExp(`--limit.*"${limit}", expected a whole number from 1 to 1000`),
    );
    expect(code).toBe(2);
  });
});

describe('overmind trade', () => {
  it.each([
    ['its id', idAt(1)],
    ['its ending', idAt(1).slice(-20)],
    ['its beginning', idAt(3, 'BONK-USDC').slice(0, 10)],
    ['the id of its workflow', `trade/SOL-USDC/${idAt(2)}`],
  ])('finds a trade by %s', async (_what, asked) => {
    const { code, json } = await cli('trade', asked, '--json');
    expect(code).toBe(0);
    expect(json()['signalId']).toContain(asked.replace('trade/SOL-USDC/', ''));
  });

  it('holds the whole life, amounts as text', async () => {
    const { json } = await cli('trade', idAt(1), '--json');
    expect(json()).toMatchObject({
      stage: 'closed',
      candidate: { price: '146.74' },
      opinion: { conviction: 0.82, neighbours: [{ id: 'n1' }] },
      permits: [
        {
          leg: 'entry',
          status: 'landed',
          permitToWireUs: 87.4,
          deliveryUs: 200,
          approvedToWireUs: 287.4,
          tickToWireUs: 8_287.4,
          settlement: { kind: 'landed', slot: 77, fill: { amountOut: '1360000000' } },
        },
        { leg: 'exit', settlement: { fill: { amountOut: '201300000' } } },
      ],
      position: { status: 'closed', quantity: '1360000000', exitReason: 'take-profit' },
      outcome: { realisedPnl: '1250000', returnBps: 62.5, holdMs: 600_000 },
      webUi: `http://127.0.0.1:8233/namespaces/overmind/workflows/trade%2FSOL-USDC%2F${idAt(1)}`,
    });
  });

  it('reads as a story', async () => {
    const { stdout } = await cli('trade', idAt(1));
    for (const line of [
      /^candidate +SOL-USDC · breakout at 146\.74 · 2025-05-04 13:01 UTC$/m,
      /^opinion +up · conviction 0\.82 · probability 0\.61/m,
      /^neighbours +n1 at 0\.2: \+45 bps$/m,
      /^entry +landed · buy for 200 USDC, risk 0\.40$/m,
      /^ +read to wire 87 µs · delivery 200 µs · approved to wire 287 µs · market event to wire 8\.3 ms$/m,
      /^ +landed in slot 77 · 1\.36 SOL$/m,
      /^ +decided 146\.74 · quoted 147\.059 · approved to 147\.798 · filled 147\.059 · slippage \+0 bps · shortfall \+22 bps$/m,
      /^ +fee 0\.000005 SOL · tip 0\.000001 SOL · rent 0 SOL · worth 0\.025 USDC$/m,
      /^exit +landed · sell for 1\.36 SOL/m,
      /^position +closed · 1\.36 SOL for 200 USDC$/m,
      /^outcome +\+1\.25 USDC · \+62\.5 bps · take-profit · held 10 min$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('shows who advised, at what price, and what a veto beside the trade does', async () => {
    const { stdout } = await cli('trade', idAt(2));
    expect(stdout).toMatch(
      /^overlay +overlay vetoes · trend-against .* advisory: beside .*wait for/m,
    );
    expect(stdout).toMatch(/^overlay answered +primary · small-model · \$0\.000230 · 412 ms$/m);
    expect(stdout).toMatch(/^overlay prompt +advice_v1 · SHA-256 5f5f5f5f5f5f…$/m);
    const whole = await cli('trade', idAt(2), '--json');
    expect(whole.json()).toMatchObject({ consulted: { beside: true, consultation: veto } });
    const awaited = await cli('trade', idAt(3, 'BONK-USDC'));
    expect(awaited.stdout).toMatch(
      /^overlay +overlay gave no advice \(timeout\) · the fast opinion stands · \$0\.000000 · 1800 ms$/m,
    );
    expect((await cli('trade', idAt(1))).stdout).not.toMatch(/^overlay/m);
  });

  it.each([
    ['one that nothing has', 'no-such-trade', /no-such-trade.*npx overmind trades lists ids/],
    ['one that several have', 'r1-', /fits .*BONK-USDC/],
    ['a pattern', '%', /No one trade is meant by %/],
  ])('says of %s what is wrong', async (_what, asked, says) => {
    const { code, json, stderr } = await cli('trade', asked, '--json');
    expect(stderr).toMatch(says);
    expect(json()).toMatchObject({ error: { code: 'trade/unknown' } });
    expect(code).toBe(1);
  });
});

describe('overmind positions', () => {
  it('shows what was closed with its result', async () => {
    const [text, data] = await Promise.all([cli('positions'), cli('positions', '--json')]);
    expect(text.stdout).toMatch(
      /SOL-USDC +closed +1\.36 +147\.059 +−120 bps +\+90 bps +1 h .*take-profit +\+1\.25/,
    );
    expect(data.json()).toMatchObject({
      positions: [{ market: 'SOL-USDC', status: 'closed', realisedPnl: '1250000' }],
    });
  });
});

describe('overmind status', () => {
  it('shows what it can while executor and brain are away, and no credentials', async () => {
    const { code, stdout, json } = await cli('status', '--json');
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      mode: 'paper',
      state: 'suspended',
      wallet,
      run: {
        id: 'r1',
        state: 'running',
        feed: 'replay',
        phase: 'running',
        events: 1_234,
        candidates: 3,
      },
      marketTime: '2025-05-04T13:00:00.000Z',
      processes: {
        trading: { pid: process.pid, alive: true },
        // The pid lives, but it is another process than the one that was started.
        hotpath: { alive: false },
      },
      trades: { closed: 1, declined: 1, refused: 1 },
      permits: { landed: 2 },
      realisedPnl: '1250000',
      positions: [],
    });
    expect(json()['reasons']).toEqual([expect.stringMatching(/^the executor does not answer/)]);
    expect(json()['executor']).toEqual({
      unavailable: expect.stringContaining('ENOENT') as unknown,
    });
    expect(json()['brain']).toEqual({ unavailable: expect.any(String) as unknown });
    const password = new URL(servers.postgresUrl).password;
    expect(password).not.toBe('');
    expect(stdout).not.toContain(password);
    expect(stdout).not.toContain(new URL(servers.dragonflyUrl).password || password);
  });

  it('tells a person the same', async () => {
    const { stdout } = await cli('status');
    expect(stdout).toMatch(/^state +suspended \(paper\) · the executor does not answer/m);
    expect(stdout).toMatch(/^run +r1 · replay · running · 1234 events, 3 candidates$/m);
    expect(stdout).toMatch(/^ {2}hotpath +pid \d+, GONE$/m);
  });

  it('ends with 3 where nothing runs, and says where it looked', async () => {
    const elsewhere = join(home, 'elsewhere');
    const { code, json, stderr } = await runCli(['status', '--json'], { OVERMIND_HOME: elsewhere });
    expect(stderr).toContain(join(elsewhere, 'run.json'));
    expect(json()).toMatchObject({ error: { code: 'system/unreachable' } });
    expect(code).toBe(3);
  });

  it('ends with 3 where a system is named and nothing of it answers', async () => {
    const { code } = await runCli(['status'], {
      OVERMIND_HOME: join(home, 'elsewhere'),
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      OVERMIND_BRAIN_PORT: '1',
    });
    expect(code).toBe(3);
  });

  it('names every wrong variable and ends with 2', async () => {
    const { code, stderr } = await runCli(['status'], {
      OVERMIND_HOME: home,
      OVERMIND_API_PORT: 'http',
      DATABASE_URL: 'mysql://x',
    });
    expect(stderr).toMatch(/DATABASE_URL: got mysql/);
    expect(stderr).toMatch(/OVERMIND_API_PORT: got "http"/);
    expect(code).toBe(2);
  });
});

describe('overmind, wrongly used', () => {
  it.each([[['destroy']], [['status', '--josn']], [['trade']]])('%j ends with 2', async (args) => {
    const { code, stdout, stderr } = await cli(...args);
    expect(stderr).toMatch(/unknown command|unknown option|missing required argument/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
