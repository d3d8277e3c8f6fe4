import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../adapters/observability/metrics.ts';
import { loadConfig } from '../../../config/config.ts';
import { fillMetrics, type Collected } from '../../../workers/api/collect-metrics.ts';
import { readExposition } from '../../support/exposition.ts';

const silent = { value: undefined, fault: 'away', heardAtMs: undefined } as const;
const nothing: Collected = {
  states: { postgres: silent, bus: silent, temporal: silent, brain: silent, executor: silent },
  totals: undefined,
  business: undefined,
  decisions: undefined,
  execution: undefined,
  host: undefined,
  wallNowMs: 0,
};
const buckets = [
  [50, 0],
  [100, 3],
] as const;
const times = {
  count: 4,
  sumUs: 800,
  buckets,
  p50Us: 87.4,
  p90Us: 90,
  p99Us: 120,
  p999Us: 400,
  maxUs: 512,
};
const something: Collected = {
  ...nothing,
  states: {
    ...nothing.states,
    bus: {
      value: {
        clock: undefined,
        feed: {
          run: 'r1',
          phase: 'running',
          warmedBars: 200,
          events: 9,
          candidates: 1,
          marketTimeMs: 1_000,
          marketTimeEndMs: 2_000,
          legsInFlight: 0,
          staleMarkets: [],
          results: { open: '-500000', today: '-1750000' },
          publishing: { count: 2, sumUs: 3_000, buckets: [[2_048, 2]] },
        },
      },
      fault: undefined,
      heardAtMs: 0,
    },
  },
  totals: {
    tradesByStage: { closed: 3, managing: 1, declined: 7, refused: 2, analysing: 1, deciding: 1 },
    permitsByStatus: { landed: 6 },
    openPositions: 1,
    exploring: 2,
    realisedPnl: '-1250000',
    exposure: { reserved: '0', spent: '200000000' },
  },
  business: {
    costs: '2500000',
    winRatio: 0.75,
    riskScore: { mean: 0.2, max: 0.4 },
    slippageBps: { '0.5': 3, '0.99': 12.5 },
    exposureByMarket: { 'SOL-USDC': '200000000' },
    refusalsByRule: { 'cool-down': 2 },
    errorsByStage: { analyse: 1 },
    unreported: { count: 2, oldestMs: 1_500 },
    reconciliation: { differences: 0, ageMs: 60_000 },
    wallet: { SOL: '9500000000', mint: '9999000000' },
  },
  decisions: {
    conviction: 0.61,
    judged: 40,
    hitRatio: 0.55,
    brier: 0.24,
    decisions: 8,
    decisionsByPolicy: { fast: 6, primary: 2 },
    consultations: [{ provider: 'primary', result: 'veto', count: 2 }],
    llmMicroUsd: 1_200,
  },
  host: {
    cores: 2,
    cpuSeconds: { user: 10.5, idle: 100 },
    memory: { totalBytes: 8_192, availableBytes: 4_096 },
    disk: { totalBytes: 1_000, availableBytes: 250 },
    network: { receivedBytes: 11, sentBytes: 22 },
  },
  execution: {
    stages: { look: times, sign: { ...times, count: 0, p50Us: 0 } },
    counters: { submitted: 4, 'refused-halted': 1 },
  },
};

async function page(...pictures: readonly Collected[]) {
  const metrics = createMetrics();
  const quote = { mint: 'mint', decimals: 6 };
  const constants = { risk: loadConfig({}).risk, quote };
  for (const picture of pictures) fillMetrics(metrics, picture, constants);
  return readExposition(await metrics.registry.metrics());
}

const samplesOf = (families: Awaited<ReturnType<typeof page>>, name: string) =>
  families.get(name)?.samples.map(({ labels, value }) => [labels, value]);

describe('the metrics page', () => {
  it('shows amounts in USDC and times in seconds', async () => {
    const families = await page(something);
    expect(samplesOf(families, 'overmind_results_realised_usdc')).toEqual([[{}, -1.25]]);
    expect(samplesOf(families, 'overmind_exposure_spent_usdc')).toEqual([[{}, 200]]);
    expect(samplesOf(families, 'overmind_execution_latency_seconds')).toContainEqual([
      { part: 'look', quantile: '0.9' },
      90e-6,
    ]);
  });

  it.each([
    ['overmind_results_unrealised_usdc', {}, -0.5],
    ['overmind_results_today_usdc', {}, -1.75],
    ['overmind_results_costs_usdc', {}, 2.5],
    ['overmind_exposure_market_usdc', { market: 'SOL-USDC' }, 200],
    ['overmind_risk_limit_usdc', { limit: 'daily-loss' }, 300],
    ['overmind_wallet_balance_sol', {}, 9.5],
    ['overmind_wallet_balance_usdc', {}, 9_999],
    ['overmind_wallet_floor_sol', {}, 0.1],
    ['overmind_permits_unreported_age_seconds', {}, 1.5],
    ['overmind_reconciliation_age_seconds', {}, 60],
    ['overmind_execution_slippage_bps', { quantile: '0.99' }, 12.5],
    ['overmind_brain_policy_share_ratio', { policy: 'primary' }, 0.25],
    ['overmind_brain_llm_cost_usd', {}, 0.0012],
    ['overmind_system_cpu_seconds_total', { mode: 'user' }, 10.5],
    ['overmind_system_network_bytes_total', { direction: 'out' }, 22],
  ])('shows %s in its unit', async (name, labels, value) => {
    expect(samplesOf(await page(something), name)).toContainEqual([labels, value]);
  });

  it('counts each decision once, and none that is still open', async () => {
    expect(samplesOf(await page(something), 'overmind_brain_decisions_total')).toEqual([
      [{ decision: 'declined' }, 7],
      [{ decision: 'refused' }, 2],
      [{ decision: 'traded' }, 4],
    ]);
  });

  it('repeats what ingest measured as a histogram in seconds', async () => {
    const family = (await page(something)).get('overmind_feed_publishing_seconds');
    expect(family?.samples.map(({ name, value }) => [name.replace(/.*_/, ''), value])).toEqual([
      ['bucket', 2],
      ['bucket', 2],
      ['sum', 0.003],
      ['count', 2],
    ]);
  });

  it('shows no quantile of what was never measured', async () => {
    const samples = samplesOf(await page(something), 'overmind_execution_latency_seconds');
    expect(samples).toHaveLength(4);
    expect(samples?.some(([labels]) => JSON.stringify(labels).includes('sign'))).toBe(false);
  });

  it('shows each part of the path as a histogram, that of an unmeasured one empty', async () => {
    const family = (await page(something, something)).get('overmind_execution_path_seconds');
    expect(family?.type).toBe('histogram');
    const of = (part: string) =>
      family?.samples
        .filter(({ labels }) => labels['part'] === part)
        .map(({ name, labels, value }) => [name.replace(/.*_/, ''), labels['le'], value]);
    expect(of('look')).toEqual([
      ['bucket', '0.00005', 0],
      ['bucket', '0.0001', 3],
      ['bucket', '+Inf', 4],
      ['sum', undefined, 0.0008],
      ['count', undefined, 4],
    ]);
    expect(of('sign')?.at(-1)).toEqual(['count', undefined, 0]);
  });

  it('repeats a total as it is, not added up', async () => {
    const families = await page(something, something, something);
    expect(samplesOf(families, 'overmind_execution_events_total')).toEqual([
      [{ event: 'submitted' }, 4],
      [{ event: 'refused-halted' }, 1],
    ]);
  });

  it('takes out what a silent part last said, and says that it is silent', async () => {
    const families = await page(something, nothing);
    const ours = [...families.values()].filter(({ name }) => name.startsWith('overmind_'));
    const shown = ours.flatMap(({ samples }) => samples.map(({ name }) => name));
    expect(new Set(shown)).toEqual(
      new Set([
        'overmind_part_up_flag',
        'overmind_control_state_flag',
        // What this process itself was told.
        'overmind_risk_limit_usdc',
        'overmind_wallet_floor_sol',
      ]),
    );
    const holding = samplesOf(families, 'overmind_control_state_flag')?.filter(
      ([, is]) => is === 1,
    );
    expect(holding).toEqual([[{ market: 'all', state: 'suspended' }, 1]]);
    expect(samplesOf(families, 'overmind_part_up_flag')?.map(([, value]) => value)).toEqual([
      0, 0, 0, 0, 0,
    ]);
  });
});

describe('the check of a page', () => {
  it.each([
    ['a sample twice', 'is there twice', '# HELP a h\n# TYPE a gauge\na 1\na 2\n'],
    ['a family twice', 'is declared twice', '# HELP a h\n# TYPE a gauge\n# HELP a h\n'],
    ['no help', 'has no help', '# TYPE a gauge\na 1\n'],
    ['no type', 'of no declared family', '# HELP a h\na 1\n'],
    ['a sample of no family', 'of no declared family', 'a 1\n'],
    ['no number', 'unreadable line', '# HELP a h\n# TYPE a gauge\na x\n'],
    ['bad labels', 'bad labels', '# HELP a h\n# TYPE a gauge\na{b=c} 1\n'],
    ['no last line end', 'has no end', '# HELP a h\n# TYPE a gauge\na 1'],
  ])('refuses %s', (_what, said, text) => expect(() => readExposition(text)).toThrow(said));
});
