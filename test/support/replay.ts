import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { workflowBundleIn } from '../../workers/trading/workflow-bundle.ts';

/** Replays histories with the workflows as they are now, for the file that calls it. */
export function useReplay(workflowId: string): (history: unknown) => Promise<void> {
  const cache = mkdtempSync(join(tmpdir(), 'overmind-replay-'));
  let codePath: string;

  beforeAll(async () => {
    // The histories that must not replay would fill the screen otherwise.
    const logging = { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) };
    Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: { logging } });
    codePath = await workflowBundleIn(cache);
  }, 60_000);
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  return (history) =>
    Worker.runReplayHistory({ workflowBundle: { codePath } }, history, workflowId);
}
