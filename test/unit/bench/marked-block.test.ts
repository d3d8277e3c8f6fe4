import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, resolveConfig } from 'prettier';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { writeMarked } from '../../support/marked-block.ts';

const folder = mkdtempSync(join(tmpdir(), 'overmind-marked-'));
const page = join(folder, 'page.md');
const read = (): string => readFileSync(page, 'utf8');

beforeEach(() => {
  writeFileSync(
    page,
    '# Page\n\n<!-- one -->\n<!-- /one -->\n\nBy hand.\n\n<!-- two -->\n<!-- /two -->\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a marked block', () => {
  it('holds the newest text alone, and the rest of the page stays', async () => {
    await writeMarked(page, 'one', '| a | b |\n|---|---|\n| first | 2 |');
    await writeMarked(page, 'one', '| a | b |\n|---|---|\n| second | 2 |');
    expect(read()).toMatch(/<!-- one -->[^]*second[^]*<!-- \/one -->[^]*By hand\.[^]*<!-- two -->/);
    expect(read()).not.toContain('first');
    const style = await resolveConfig(page);
    expect(await check(read(), { ...style, filepath: page })).toBe(true);
  });

  it('is not guessed where the page has no place for it', async () => {
    const before = read();
    await expect(writeMarked(page, 'three', 'text')).rejects.toThrow('<!-- three -->');
    expect(read()).toBe(before);
  });
});
