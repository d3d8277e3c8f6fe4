import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/config.ts';

let folder: string;
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a variable given as NAME_FILE', () => {
  it("is the file's text without the line's end, and checked as any other", () => {
    const config = loadConfig({
      DATABASE_URL_FILE: file('url', 'postgres://u:p@db:5432/overmind\n'),
      OVERMIND_RUN_ID_FILE: file('run', 'r1abc\n'),
      OVERMIND_MARKETS_FILE: file('markets', 'SOL-USDC,BTC-USDC'),
    });
    expect(config.addresses.postgres).toBe('postgres://u:p@db:5432/overmind');
    expect(config.runId).toBe('r1abc');
    expect(config.markets).toEqual(['SOL-USDC', 'BTC-USDC']);
    expect(() => loadConfig({ OVERMIND_RUN_ID_FILE: file('bad', 'Run 1') })).toThrow(
      'config/invalid',
    );
  });

  it('is unset where the name of the file is empty', () => {
    expect(loadConfig({ OPENAI_API_KEY_FILE: '' }).ai.overlay.providers).toEqual([]);
  });

  it.each([
    ['cannot be read', () => ({ DATABASE_URL_FILE: join(folder, 'nowhere') })],
    ['or is empty', () => ({ DATABASE_URL_FILE: file('empty', '\n') })],
    ['given twice', () => ({ OVERMIND_RUN_ID: 'r1', OVERMIND_RUN_ID_FILE: file('run', 'r2') })],
  ])('is refused where it %s', (said, env) => {
    expect(faultsOf(env())).toContain(said);
  });

  it("names the wallet's file as before: that is a variable of its own", () => {
    const path = file('wallet.json', '[1]');
    expect(loadConfig({ OVERMIND_WALLET_FILE: path }).files.wallet).toBe(path);
  });
});

function faultsOf(env: Readonly<Record<string, string>>): string {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    return JSON.stringify((error as { readonly context?: unknown }).context);
  }
}
