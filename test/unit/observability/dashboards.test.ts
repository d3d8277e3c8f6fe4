import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DECLARED } from '../../../adapters/observability/declarations.ts';
import { DASHBOARDS, generatedFiles } from '../../../ops/generated.ts';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const declared = new Map<string, readonly string[]>(
  Object.values(DECLARED).map(([name, , labels]) => [name, labels]),
);
const promql = DASHBOARDS.flatMap(({ panels }) =>
  panels.flatMap(({ queries }) => queries.flatMap((one) => ('promql' in one ? [one.promql] : []))),
);
const rules = ['records', 'alerts']
  .map((name) => read(`ops/prometheus/rules/${name}.yml`))
  .join('');
/** A histogram is asked for by its parts. */
const metricsIn = (text: string): string[] =>
  [...text.matchAll(/\bovermind_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum)$/, ''));

describe('what is written from sources', () => {
  it('is what is committed; npm run write:ops writes it again', async () => {
    const files = await generatedFiles();
    expect(files.size).toBe(7);
    for (const [path, text] of files) expect(read(path), path).toBe(text);
  });
});

describe('the dashboards', () => {
  it('ask for no metric that is not declared, and neither do the rules', () => {
    const unknown = metricsIn([...promql, rules].join('\n')).filter((name) => !declared.has(name));
    expect(unknown).toEqual([]);
  });

  it('ask for no record that the rules do not make', () => {
    const made = [...rules.matchAll(/record: (\S+)/g)].map(([, name]) => name);
    const asked = [...`${promql.join('\n')}\n${rules}`.matchAll(/\bovermind:[\w:]+/g)].map(
      ([name]) => name,
    );
    expect(asked.filter((name) => !made.includes(name))).toEqual([]);
  });

  it('leave no metric unshown but those that only say which life this is', () => {
    const shown = new Set([...metricsIn(promql.join('\n')), ...metricsIn(rules)]);
    const hidden = [...declared.keys()].filter((name) => !shown.has(name));
    expect(hidden.toSorted()).toEqual([
      'overmind_control_executor_epoch_number',
      'overmind_control_halt_epoch_number',
      'overmind_execution_head_slot_number',
      'overmind_execution_latency_max_seconds',
      'overmind_execution_latency_seconds',
      'overmind_execution_market_fresh_flag',
      'overmind_feed_legs_in_flight_number',
      'overmind_feed_market_time_seconds',
      'overmind_system_cores_number',
      'overmind_trades_exploring_number',
    ]);
  });

  it('name only labels that the metric has', () => {
    const faults = promql.flatMap((query) =>
      [...query.matchAll(/\b(overmind_[a-z_]+)\{([^}]*)\}/g)].flatMap(
        ([, metric = '', labels = '']) => {
          const known =
            declared.get(metric.replace(/_(bucket|sum|count)$/, '')) ?? declared.get(metric);
          const named = [...labels.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(
            ([, label = '']) => label,
          );
          return named.filter((label) => label !== 'le' && !known?.includes(label));
        },
      ),
    );
    expect(faults).toEqual([]);
  });

  it.each(DASHBOARDS)('$title lets no panels overlap, and gives each its help', ({ panels }) => {
    for (const { help, queries, width } of panels) {
      expect(help.length).toBeGreaterThan(5);
      expect(queries.length).toBeGreaterThan(0);
      expect(width).toBeLessThanOrEqual(24);
    }
  });
});
