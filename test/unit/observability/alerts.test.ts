import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const rules = read('ops/prometheus/rules/alerts.yml');
const runbook = read('docs/alerts.md');
const tests = readdirSync(join(ROOT, 'ops/prometheus/tests'))
  .map((name) => read(`ops/prometheus/tests/${name}`))
  .join('\n');

/** Each alert with its own lines. */
const alerts = rules
  .split(/^ +- alert: /m)
  .slice(1)
  .map((text) => {
    const [name = '', ...lines] = text.split('\n');
    return { name, text: lines.join('\n') };
  });

describe('every alert', () => {
  it('is found', () => {
    expect(alerts.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['OvermindHalted', 'OvermindActivitiesFailing']),
    );
    expect(alerts.length).toBeGreaterThan(15);
  });

  it.each(alerts)('$name says how bad it is, what it is and what to do', ({ name, text }) => {
    expect(text).toMatch(/severity: (critical|warning)\b/);
    expect(text).toMatch(/^ +summary: \S/m);
    expect(text).toContain(`runbook_url: docs/alerts.md#${name.toLowerCase()}\n`);
    expect(runbook).toMatch(new RegExp(`^## ${name}$`, 'm'));
  });

  it.each(alerts)('$name says in the runbook whether it pauses', ({ name, text }) => {
    const [, section = ''] = runbook.split(`## ${name}\n`);
    const [, severity = ''] = /severity: (\w+)/.exec(text) ?? [];
    const said = /_(Critical|Warning)(, pauses)?\._/.exec(section);
    expect(said?.[1]?.toLowerCase()).toBe(severity);
    expect(said?.[2] !== undefined).toBe(text.includes('action: pause'));
  });

  it.each(alerts)('$name is shown to fire and to clear', ({ name }) => {
    const cases = [
      ...tests.matchAll(
        /alertname: (\w+)(?:, |\n +)eval_time: [\dms]+(?:, |\n +)exp_alerts:(.*)$/gm,
      ),
    ]
      .filter(([, tested]) => tested === name)
      .map(([, , expected = '']) => expected.includes('[]'));
    // Not before its time, then it fires, then it clears.
    expect(cases[0]).toBe(true);
    expect(cases).toContain(false);
    expect(cases.at(-1)).toBe(true);
  });

  it('has the only headings below the set-up', () => {
    const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(new Set(headings)).toEqual(new Set(alerts.map(({ name }) => name)));
    expect(headings).toHaveLength(alerts.length);
  });
});
