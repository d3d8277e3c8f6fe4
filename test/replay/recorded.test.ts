import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workflowBundleIn } from '../../workers/trading/workflow-bundle.ts';

const FOLDER = join(import.meta.dirname, 'histories');
const recorded = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const cache = mkdtempSync(join(tmpdir(), 'overmind-replay-'));
let codePath: string;

beforeAll(async () => {
  const logging = { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) };
  Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
  codePath = await workflowBundleIn(cache);
}, 60_000);
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const replay = (history: unknown): Promise<void> =>
  Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'trade/SOL-USDC/recorded');

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
