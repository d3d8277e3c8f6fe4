import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../adapters/observability/metrics.ts';
import { fillMetrics, type Collected } from '../../../workers/api/collect-metrics.ts';
import { readExposition } from '../../support/exposition.ts';

const silent = { value: undefined, fault: 'away', heardAtMs: undefined } as const;
const nothing: Collected = {
  states: { postgres: silent, bus: silent, temporal: silent, brain: silent, executor: silent },
  totals: undefined,
  execution: undefined,
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
  totals: {
    tradesByStage: { closed: 3 },
    permitsByStatus: { landed: 6 },
    openPositions: 1,
    exploring: 2,
    realisedPnl: '-1250000',
    exposure: { reserved: '0', spent: '200000000' },
  },
  execution: {
    stages: { look: times, sign: { ...times, count: 0, p50Us: 0 } },
    counters: { submitted: 4, 'refused-halted': 1 },
  },
};

async function page(...pictures: readonly Collected[]) {
  const metrics = createMetrics();
  for (const picture of pictures) fillMetrics(metrics, picture);
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
      new Set(['overmind_part_up_flag', 'overmind_control_state_flag']),
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
