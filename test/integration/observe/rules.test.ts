import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../../adapters/observability/metrics.ts';
import { cacheFolder } from '../../../workers/dev/servers/cache-folder.ts';
import { resolveMonitors, type MonitorBinaries } from '../../../workers/dev/servers/monitors.ts';
import { runTool } from '../../../workers/dev/servers/obtain.ts';
import { alertmanagerConfig } from '../../../workers/observe/alertmanager-config.ts';

const ROOT = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'overmind-rules-'));
let binaries: MonitorBinaries;

const tool = (path: string, args: readonly string[], stdin?: string): Promise<string> =>
  runTool(path, args, {
    env: process.env,
    timeoutMs: 60_000,
    cwd: ROOT,
    ...(stdin === undefined ? {} : { stdin }),
  });

beforeAll(async () => {
  binaries = await resolveMonitors({
    home: folder,
    cache: cacheFolder(process.env),
    env: process.env,
    ports: 'any',
    progress: () => {},
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('promtool', () => {
  it('takes the configuration and every rule', async () => {
    const said = await tool(binaries.promtool, [
      'check',
      'config',
      'ops/prometheus/prometheus.yml',
    ]);
    expect(said).toContain('2 rule files found');
    expect(said).not.toContain('FAILED');
  });

  it('sees each alert fire and clear', async () => {
    const tests = readdirSync(join(ROOT, 'ops/prometheus/tests')).map((name) =>
      join('ops/prometheus/tests', name),
    );
    expect(tests.length).toBeGreaterThanOrEqual(4);
    const said = await tool(binaries.promtool, ['test', 'rules', ...tests]);
    expect(said.match(/SUCCESS/g)).toHaveLength(tests.length);
  });

  it('sees that an alert which never fires is missed', async () => {
    const path = join(folder, 'never.yml');
    const rule = join(folder, 'never.rules.yml');
    writeFileSync(rule, 'groups: [{name: a, rules: [{alert: A, expr: x > 5}]}]');
    writeFileSync(
      path,
      `rule_files: [${rule}]
tests:
  - interval: 15s
    input_series: [{series: x, values: 5x8}]
    alert_rule_test: [{alertname: A, eval_time: 1m, exp_alerts: [{}]}]`,
    );
    await expect(tool(binaries.promtool, ['test', 'rules', path])).rejects.toThrow('failed');
  });

  it('finds nothing wrong with the metrics page', async () => {
    const page = await createMetrics().registry.metrics();
    // Help and types; of Node's own metrics some have a name that it does not like.
    const ours = page.split('\n').filter((line) => line.includes('overmind_'));
    expect(await tool(binaries.promtool, ['check', 'metrics'], `${ours.join('\n')}\n`)).toBe('');
  });
});

describe('amtool', () => {
  const control = { url: 'http://127.0.0.1:8080/control/alert', tokenFile: '/run/token' };
  const check = async (text: string): Promise<string> => {
    const path = join(folder, 'alertmanager.yml');
    writeFileSync(path, text);
    return tool(binaries.amtool, ['check-config', path]);
  };

  it('takes the configuration of Compose', async () => {
    const path = 'ops/alertmanager/alertmanager.yml';
    expect(await tool(binaries.amtool, ['check-config', path])).toContain('SUCCESS');
  });

  it('takes every receiver at once, whatever an operator types', async () => {
    const people = {
      webhook: 'http://127.0.0.1:9/a?b="c"',
      email: { to: 'a@b.c', from: 'd@e.f', smarthost: 'm:587', user: "o'x", password: '"\\#:' },
      telegram: { chatId: -100, token: '1:x' },
    };
    const said = await check(alertmanagerConfig({ control, people }));
    expect(said).toContain('SUCCESS');
    expect(said).toContain('2 receivers');
  });

  it('sends what asks for an action to the api, and everything to people', async () => {
    const path = join(folder, 'alertmanager.yml');
    writeFileSync(path, alertmanagerConfig({ control }));
    const routed = async (...labels: readonly string[]): Promise<string> =>
      (
        await tool(binaries.amtool, ['config', 'routes', 'test', '--config.file', path, ...labels])
      ).trim();
    expect(await routed('severity=critical', 'action=pause')).toBe('control,people');
    expect(await routed('severity=critical')).toBe('people');
  });
});
