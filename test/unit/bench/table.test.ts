import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, resolveConfig } from 'prettier';
import { afterAll, describe, expect, it } from 'vitest';
import type { Row } from '../../../bench/system/bench.ts';
import { tableOf, writeTable } from '../../../bench/system/table.ts';

const row: Row = {
  what: 'approval',
  goal: 'p99 ≤ 5 ms',
  measured: '1.00 / 6.00 ms',
  baseline: '4.00 / 9.00 ms',
  ratio: '4.00x / 1.50x',
  met: false,
  gate: { asked: 'asked p99 ≤ 10 ms', passed: true },
};
const folder = mkdtempSync(join(tmpdir(), 'overmind-bench-'));
const page = join(folder, 'performance.md');
const read = (): string => readFileSync(page, 'utf8');

afterAll(() => rmSync(folder, { recursive: true }));

describe('the table of the benches', () => {
  it('says of each goal whether it was met, and of what was asked', () => {
    const [, , first, second, third] = tableOf([
      row,
      { ...row, met: true, gate: { asked: 'asked 1/s', passed: false } },
      { ...row, met: undefined },
    ]).split('\n');
    expect(first).toMatch(/\| not met; asked p99 ≤ 10 ms: met \|$/);
    expect(second).toMatch(/\| met; asked 1\/s: NOT MET \|$/);
    expect(third).toMatch(/\| –; asked/);
  });

  it('makes the page where there is none, formatted as the check wants it', async () => {
    await writeTable(page, tableOf([row]));
    expect(read()).toMatch(
      /^# Performance\n[^]*<!-- system -->[^]*approval[^]*<!-- \/system -->\n$/,
    );
    const options = await resolveConfig(page);
    expect(await check(read(), { ...options, filepath: page })).toBe(true);
  });

  it('writes between its markers again, and leaves everything else', async () => {
    writeFileSync(page, `${read()}\nAfter it.\n`);
    await writeTable(page, tableOf([{ ...row, what: 'stop' }]));
    expect(read()).toContain('After it.');
    expect(read()).toContain('stop');
    expect(read()).not.toContain('approval');
    expect(read().match(/<!-- system -->/g)).toHaveLength(1);
  });

  it('adds its part to a page that others have begun', async () => {
    writeFileSync(page, '# Performance\n\n<!-- hotpath -->\n\ntheirs\n\n<!-- /hotpath -->\n');
    await writeTable(page, tableOf([row]));
    expect(read()).toMatch(/^# Performance\n[^]*theirs[^]*## The whole system[^]*approval/);
  });
});
