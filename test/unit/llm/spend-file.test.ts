import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDailySpend } from '../../../adapters/llm/daily-spend.ts';
import { createSpendFile } from '../../../adapters/llm/spend-file.ts';

const DAY_MS = 86_400_000;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-spend-'));
  path = join(folder, 'llm-spend.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const spendOf = () => createDailySpend(1_000, createSpendFile(path));

describe('what a day has cost', () => {
  it('outlives the process, with the worst case of what was under way', () => {
    const first = spendOf();
    const known = first.reserve(300, 5 * DAY_MS);
    if (known) first.settle(known, 100, 5 * DAY_MS);
    first.reserve(400, 5 * DAY_MS); // Killed before its answer came.
    const second = spendOf();
    expect(second.spentMicroUsd(5 * DAY_MS)).toBe(500);
    expect(second.reserve(501, 5 * DAY_MS)).toBeUndefined();
    expect(second.reserve(501, 6 * DAY_MS)).toBeDefined();
  });

  it.each(['', '{"day":5', '{"day":5,"microUsd":-1}', '[]'])(
    'counts as spent where the file says %j, until the next day',
    (text) => {
      writeFileSync(path, text);
      const spend = spendOf();
      expect(spend.reserve(1, 5 * DAY_MS)).toBeUndefined();
      expect(spend.reserve(1, 6 * DAY_MS)).toBeDefined();
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ day: 6, microUsd: 1 });
    },
  );

  it('is not added to where nothing can be written', () => {
    const spend = createDailySpend(1_000, createSpendFile(join(folder, 'missing', 'file.json')));
    expect(spend.reserve(1, 5 * DAY_MS)).toBeUndefined();
    expect(spend.spentMicroUsd(5 * DAY_MS)).toBe(0);
    expect(spend.reserve(0, 5 * DAY_MS)).toBeDefined(); // A local model costs nothing.
  });
});
