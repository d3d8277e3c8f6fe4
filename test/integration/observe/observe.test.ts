import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, FEED_KEY } from '../../../adapters/bus/stream-names.ts';
import { createPool } from '../../../adapters/ledger/connect.ts';
import { recordHalt } from '../../../adapters/ledger/record-halt.ts';
import { grantRoles } from '../../../adapters/ledger/roles.ts';
import type { FeedState } from '../../../domain/market/feed.ts';
import { DASHBOARDS } from '../../../ops/generated.ts';
import { anObservedRun } from '../../support/observed-run.ts';
import { startSmallSystem, type SmallSystem } from '../../support/small-system.ts';
import { until } from '../../support/until.ts';

const ROOT = join(import.meta.dirname, '../../..');

let system: SmallSystem;
let observe: ChildProcess;
let printed = '';
let receiver: Server;
/** What the people's webhook was told, by the alert's name. */
const told: string[] = [];

const addressOf = (name: string): string | undefined =>
  new RegExp(`^${name} +(http://[\\d.:]+)`, 'm').exec(printed)?.[1];

type PromAnswer = {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
};

async function ask(promql: string): Promise<PromAnswer> {
  const url = new URL('/api/v1/query', addressOf('prometheus'));
  url.searchParams.set('query', promql.replaceAll('$__rate_interval', '1m'));
  return (await (await fetch(url)).json()) as PromAnswer;
}

async function publishFeed(today: string): Promise<void> {
  const feed: FeedState = {
    run: 'r1',
    phase: 'running',
    warmedBars: 200,
    events: 1_234,
    candidates: 6,
    marketTimeMs: 1_746_316_800_000,
    marketTimeEndMs: 1_800_000_000_000,
    legsInFlight: 0,
    staleMarkets: [],
    results: { open: '-1000000', today },
    publishing: { count: 10, sumUs: 5_000, buckets: [[1_024, 10]] },
  };
  await writeJson(system.bus, FEED_KEY, feed);
  await writeJson(system.bus, CLOCK_KEY, {
    marketMs: feed.marketTimeMs,
    wallMs: Date.now(),
    rate: 1,
  });
}

async function startReceiver(): Promise<string> {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { alerts } = JSON.parse(body) as { alerts: { labels: Record<string, string> }[] };
      told.push(...alerts.map(({ labels }) => labels['alertname'] ?? ''));
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`;
}

beforeAll(async () => {
  system = await startSmallSystem();
  await anObservedRun(system.pool);
  await publishFeed('-2000000');
  const webhook = await startReceiver();
  observe = spawn(
    process.execPath,
    ['--import', 'tsx', 'workers/observe/main.ts', '--every', '1'],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OVERMIND_HOME: system.home, OVERMIND_ALERT_WEBHOOK_URL: webhook },
    },
  );
  for (const stream of [observe.stdout, observe.stderr]) {
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  }
  await until(
    () => `npm run observe says its addresses: ${printed}`,
    () => addressOf('prometheus') && addressOf('alertmanager'),
  );
}, 180_000);

afterAll(async () => {
  if (observe?.exitCode === null) {
    const gone = new Promise((resolve) => observe.once('exit', resolve));
    observe.kill('SIGTERM');
    await gone;
  }
  receiver?.close();
  await system?.stop();
});

describe('the dashboards', () => {
  const panels = DASHBOARDS.flatMap(({ title, panels: all }) =>
    all.map((panel) => ({ board: title, ...panel })),
  );
  const promql = panels.flatMap(({ board, title, queries }) =>
    queries.flatMap((one) => ('promql' in one ? [{ board, title, query: one.promql }] : [])),
  );
  const sql = panels.flatMap(({ board, title, queries }) =>
    queries.flatMap((one) => ('sql' in one ? [{ board, title, query: one.sql }] : [])),
  );

  it('get an answer from Prometheus for every query', async () => {
    await until('the api was scraped', async () => {
      const { data } = await ask('overmind_results_realised_usdc');
      return (data?.result.length ?? 0) > 0;
    });
    for (const { board, title, query } of promql) {
      const answer = await ask(query);
      expect(answer.status, `${board}, ${title}: ${answer.error}`).toBe('success');
    }
  });

  it('show figures of a run that has traded', async () => {
    // Shares of nothing, what a rule makes of its past, and what needs a model or a fault.
    const plain = promql.filter(({ query }) => /^overmind_[a-z_]+(\{[^}]*\})?$/.test(query));
    expect(plain.length).toBeGreaterThan(30);
    const empty: string[] = [];
    for (const { query } of plain) {
      const { data } = await ask(query);
      if (data?.result.length === 0) empty.push(query);
    }
    // The brain has heard of no market here, and without a baseline there is no balance.
    expect(new Set(empty)).toEqual(
      new Set([
        'overmind_brain_memory_states_number',
        'overmind_wallet_balance_sol',
        'overmind_wallet_balance_usdc',
      ]),
    );
    const realised = await ask('overmind_results_realised_usdc');
    expect(realised.data?.result[0]?.value[1]).toBe('-1.75');
  });

  it('find every table and column in the ledger, and rows in them', async () => {
    expect(sql.length).toBeGreaterThanOrEqual(15);
    // As Grafana in Compose, which may read no more.
    await grantRoles(system.pool);
    const reader = createPool(system.servers.postgresUrlOf('reader'), 'reader', 1);
    const empty: string[] = [];
    for (const { board, title, query } of sql) {
      const ready = query.replaceAll(
        /\$__timeFilter\((\w+)\)/g,
        "$1 between now() - interval '30 days' and now()",
      );
      const { rows } = await reader.query(ready);
      if (rows.length === 0) empty.push(`${board}: ${title}`);
    }
    await reader.end();
    // Nobody has stopped anything yet.
    expect(empty).toEqual(['Risk Management: Halts']);
  });
});

describe('an alert', () => {
  it('that asks for it pauses entries, and people hear of it', async () => {
    const pauses = async () => {
      const text = "select reason from reduce_only where scope = 'all'";
      return (await system.pool.query<{ reason: string }>(text)).rows;
    };
    expect(await pauses()).toEqual([]);
    await publishFeed('-250000000'); // Of at most 300 USDC.
    const [pause] = await until('the pause', async () => {
      const found = await pauses();
      return found.length > 0 ? found : undefined;
    });
    expect(pause?.reason).toContain('OvermindDailyLossNear');
    await until('the webhook', () => told.includes('OvermindDailyLossNear'));
    const firing = await ask('ALERTS{alertname="OvermindDailyLossNear",alertstate="firing"}');
    expect(firing.data?.result).toHaveLength(1);
  });

  it('that clears leaves the pause to a person', async () => {
    await publishFeed('-2000000');
    await until('the alert has cleared', async () => {
      const { data } = await ask('ALERTS{alertname="OvermindDailyLossNear",alertstate="firing"}');
      return data?.result.length === 0;
    });
    const { rows } = await system.pool.query("select 1 from reduce_only where scope = 'all'");
    expect(rows).toHaveLength(1);
  });
});

describe('npm run observe', () => {
  it('finds what Temporal’s SDK measures under the names that the rules ask for', async () => {
    // Its workflow runs activities.
    await recordHalt(system.pool, { stopId: 'test', reason: 'test', haltEpoch: 1 });
    await until('activities are counted', async () => {
      const { data } = await ask('sum(temporal_activity_execution_latency_seconds_count) > 0');
      return data?.result.length === 1;
    });
    const ratio = await until('a ratio of them', async () => {
      const { data } = await ask('overmind:activities:error_ratio >= 0');
      return data?.result[0]?.value[1];
    });
    expect(Number(ratio)).toBeLessThanOrEqual(1);
  });

  it('stops what it has started, and its token is the only one', async () => {
    const addresses = ['prometheus', 'alertmanager'].map(addressOf);
    const gone = new Promise((resolve) => observe.once('exit', resolve));
    observe.kill('SIGINT');
    expect(await gone).toBe(0);
    for (const address of addresses) {
      await expect(fetch(`${address}/-/ready`)).rejects.toThrow('fetch failed');
    }
    const { rows } = await system.pool.query<{ scopes: string[] }>(
      'select scopes from service_tokens where revoked_at is null',
    );
    expect(rows.map(({ scopes }) => scopes)).toEqual([['alert']]);
  });
});
