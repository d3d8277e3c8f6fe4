import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useReplay } from '../support/replay.ts';

const FOLDER = join(import.meta.dirname, 'histories');
const recorded = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const replay = useReplay('trade/SOL-USDC/recorded');

/** See docs/changing-workflows.md: trades of these versions may still be open when a new one starts. */
describe('recorded histories', () => {
  it('are there', () => expect(recorded.length).toBeGreaterThanOrEqual(4));

  it.each(recorded)('%s replays', async (name) => {
    const history: unknown = JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
    await expect(replay(history)).resolves.toBeUndefined();
  });

  it('would not replay with another order of steps', async () => {
    const text = readFileSync(join(FOLDER, '2026-11-closed.json'), 'utf8');
    const other = JSON.parse(text.replaceAll('"approve"', '"settle"')) as unknown;
    await expect(replay(other)).rejects.toThrow(/determinism|Nondeterminism|TMPRL1100/i);
  });
});
