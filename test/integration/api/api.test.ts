import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BusConnection } from '../../../adapters/bus/connect.ts';
import { writeJson } from '../../../adapters/bus/json-keys.ts';
import { CLOCK_KEY, FEED_KEY } from '../../../adapters/bus/stream-names.ts';
import type { FeedState } from '../../../domain/market/feed.ts';
import { runCli } from '../../support/cli.ts';
import type { RunningExecutor } from '../../support/executor.ts';
import { readExposition } from '../../support/exposition.ts';
import { startSmallSystem, type SmallSystem } from '../../support/small-system.ts';
import { aClosedTrade } from '../../support/trade-ledger.ts';
import { until } from '../../support/until.ts';

const MARKET = 'SOL-USDC';

let system: SmallSystem;
let bus: BusConnection;
let executor: RunningExecutor;
let wallet: string;
let base: string;

type Report = {
  readonly ok: boolean;
  readonly parts: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;
  readonly halted?: boolean;
};

async function get(path: string): Promise<{ status: number; report: Report }> {
  const response = await fetch(`${base}${path}`);
  return { status: response.status, report: (await response.json()) as Report };
}

const untilStatus = (path: string, status: number): Promise<Report> => {
  let last = '';
  return until(`${path} answers ${status}`, async () => {
    const answer = await get(path);
    last = JSON.stringify(answer.report);
    return answer.status === status ? answer.report : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; last: ${last}`);
  });
};

const metrics = async () => readExposition(await (await fetch(`${base}/metrics`)).text());

async function publishFeed(change: Partial<FeedState> = {}): Promise<void> {
  const feed: FeedState = {
    run: 'r1',
    phase: 'running',
    warmedBars: 200,
    events: 1_234,
    candidates: 3,
    marketTimeMs: 1_700_000_000_000,
    marketTimeEndMs: 1_800_000_000_000,
    legsInFlight: 0,
    staleMarkets: [],
    ...change,
  };
  await writeJson(bus, FEED_KEY, feed);
  await writeJson(bus, CLOCK_KEY, { marketMs: feed.marketTimeMs, wallMs: Date.now(), rate: 1 });
}

beforeAll(async () => {
  system = await startSmallSystem();
  ({ wallet, bus, executor, apiUrl: base } = system);
  await aClosedTrade(system.pool, {});
}, 180_000);

afterAll(() => system?.stop());

/** In this order: later cases take parts away. */
describe('the api', () => {
  it('is healthy, but not ready before ingest has published anything', async () => {
    const health = await untilStatus('/health', 200);
    expect(Object.keys(health.parts).sort()).toEqual(
      ['brain', 'bus', 'executor', 'loop', 'postgres', 'temporal'].sort(),
    );
    const { parts } = await untilStatus('/ready', 503);
    expect(parts['feed']).toEqual({ ok: false, detail: 'ingest has published nothing yet' });
  });

  it('is ready when every part is', async () => {
    await publishFeed();
    const report = await untilStatus('/ready', 200);
    expect(report).toMatchObject({
      ok: true,
      halted: false,
      parts: { postgres: { detail: 'run r1' }, executor: { ok: true }, temporal: { ok: true } },
    });
  });

  it('is not ready while the feed warms or is stale', async () => {
    await publishFeed({ phase: 'warming', warmedBars: 17 });
    expect((await untilStatus('/ready', 503)).parts['feed']?.detail).toBe('warming, 17 bars');
    await publishFeed({ phase: 'stale', staleMarkets: [MARKET] });
    await until('stale feed', async () => {
      const { report } = await get('/ready');
      return report.parts['feed']?.detail === `stale: ${MARKET}` ? true : undefined;
    });
    await publishFeed();
    await untilStatus('/ready', 200);
  });

  it('gives every metric a help, no sample twice, and no ids', async () => {
    const families = await metrics();
    const ours = [...families.values()].filter(({ name }) => name.startsWith('overmind_'));
    expect(ours.length).toBeGreaterThan(20);
    for (const { name, help } of ours) {
      expect(name).toMatch(
        /^overmind_[a-z]+_[a-z_]*(flag|number|seconds|bytes|usdc|usd|sol|bps|ratio|total)$/,
      );
      expect(help.length).toBeGreaterThan(10);
    }
    expect(families.has('process_cpu_seconds_total')).toBe(true);
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).not.toContain(wallet);
    expect(text).not.toContain('r1-SOL-USDC');
  });

  it('shows what ledger, executor, feed and brain say', async () => {
    const families = await metrics();
    const valueOf = (name: string, labels: Readonly<Record<string, string>> = {}) => {
      const samples = families.get(name)?.samples ?? [];
      return samples.find((one) =>
        Object.entries(labels).every(([label, value]) => one.labels[label] === value),
      )?.value;
    };
    expect(valueOf('overmind_trades_stage_number', { stage: 'closed' })).toBe(1);
    expect(valueOf('overmind_permits_status_number', { status: 'landed' })).toBe(2);
    expect(valueOf('overmind_results_realised_usdc')).toBe(1.25);
    expect(valueOf('overmind_feed_events_total')).toBe(1_234);
    expect(valueOf('overmind_control_halted_flag')).toBe(0);
    expect(valueOf('overmind_control_executor_epoch_number')).toBe(1);
    expect(valueOf('overmind_execution_market_fresh_flag', { market: MARKET })).toBe(1);
    const path = families.get('overmind_execution_path_seconds')?.samples ?? [];
    const wholePath = path.filter(({ labels }) => labels['part'] === 'permitToWire');
    expect(wholePath.find(({ name }) => name.endsWith('_count'))?.value).toBe(0);
    expect(wholePath.filter(({ name }) => name.endsWith('_bucket')).length).toBeGreaterThan(10);
    // Nothing was measured: a quantile of 0 would look like a fast path.
    expect(valueOf('overmind_execution_latency_seconds')).toBeUndefined();
    for (const part of ['postgres', 'bus', 'temporal', 'brain', 'executor']) {
      expect(valueOf('overmind_part_up_flag', { part })).toBe(1);
    }
  });

  it('says at once that the system was stopped', async () => {
    const stopped = await runCli(['stop', '--json'], {
      OVERMIND_HOME: system.home,
    });
    expect(stopped.json()).toMatchObject({ fenced: true, haltEpoch: 1 });
    await until('halted metric', async () => {
      const halted = (await metrics()).get('overmind_control_halted_flag')?.samples[0]?.value;
      return halted === 1 ? true : undefined;
    });
    expect((await get('/ready')).report.halted).toBe(true);
  });

  it('takes out what a dead executor last said, and names it', async () => {
    await executor.kill();
    const { parts } = await untilStatus('/ready', 503);
    expect(parts['executor']?.ok).toBe(false);
    const families = await until('metrics without the executor', async () => {
      const now = await metrics();
      return now.get('overmind_execution_lease_seconds')?.samples.length === 0 ? now : undefined;
    });
    expect(families.get('overmind_execution_path_seconds')?.samples).toEqual([]);
    // Postgres still knows.
    expect(families.get('overmind_control_halted_flag')?.samples[0]?.value).toBe(1);
    const up = families.get('overmind_part_up_flag')?.samples ?? [];
    expect(up.find(({ labels }) => labels['part'] === 'executor')?.value).toBe(0);
    expect((await untilStatus('/health', 503)).parts['executor']?.detail).toMatch(/^heard of/);
  });
});

describe('the api, wrongly used', () => {
  it.each([
    ['GET', '/nothing', 404],
    ['GET', '/toString', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/health', 405],
  ])('%s %s is answered with a small problem', async (method, path, status) => {
    const response = await fetch(`${base}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status });
  });

  it('reads no body', async () => {
    const response = await fetch(`${base}/metrics`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect(response.status).toBe(405);
    expect(response.headers.get('connection')).toBe('close');
  });

  it('refuses headers that are too long', async () => {
    const headers = { 'x-long': 'x'.repeat(20_000) };
    expect((await fetch(`${base}/health`, { headers })).status).toBe(431);
  });

  it('ends a connection whose headers never come to an end', async () => {
    const { port } = new URL(base);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nhost: a\r\nx-slow:');
    const drip = setInterval(() => socket.write('x'), 500);
    socket.on('error', () => undefined); // A reset is an end as well.
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    clearInterval(drip);
    expect(socket.destroyed).toBe(true);
  }, 20_000);
});
