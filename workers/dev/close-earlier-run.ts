import { openFeed } from '../../adapters/market-data/open-feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { closeLimitMs, closeRun, requestEnd } from './end-of-run.ts';
import type { ProcessHooks } from './own-process.ts';
import { readLatch, recordRunState, type Unfinished } from './prepare-ledger.ts';
import { prepareRun, type PrepareRun } from './prepare-run.ts';
import { startProcesses, type Ports } from './start-processes.ts';
import type { ServerSetup } from './servers/running-server.ts';
import type { Servers } from './start-servers.ts';
import type { Stops } from './stops.ts';
import { readWhatIsLeft } from './what-is-left.ts';

export type CloseEarlierRun = Omit<PrepareRun, 'feed' | 'feedArgs' | 'resumes' | 'servers'> & {
  readonly servers: Servers;
  readonly unfinished: Unfinished;
  readonly setup: ServerSetup;
  readonly ports: Ports;
  readonly hooks: ProcessHooks;
  readonly createStops: () => Stops;
};

/**
 * A run of another feed begins only when the last one holds nothing any more: its processes are
 * started for it once again, with nothing to do but to close.
 */
export async function closeEarlierRun(options: CloseEarlierRun): Promise<void> {
  const { config, stores, servers, progress, unfinished } = options;
  const { pool, bus } = stores;
  const { runId, feed: feedArgs } = unfinished;
  const open = await readWhatIsLeft(pool, runId);
  if (open === undefined) return recordRunState(pool, runId, 'ended');

  if (await readLatch(pool)) {
    const fault = `the system is halted and run ${runId} has ${open}; start it with its own feed again, or give up this home's paper money with --fresh`;
    throw new OvermindError('run/unfinished', { runId, fault });
  }
  progress.say(`closing run ${runId}, which did not end: ${open}`);
  const stops = options.createStops();
  try {
    const feed = await openFeed(feedArgs);
    const run = await prepareRun({ ...options, feed, feedArgs, resumes: unfinished });
    // Before the processes: ingest must not bring a new candidate.
    await requestEnd(bus);
    await startProcesses({ ...options, run, onStop: stops.add });
    const limitMs = closeLimitMs(config, servers.chain.slotMs);
    const end = await closeRun({ pool, bus, runId, limitMs, say: progress.say });
    if (end !== 'closed') {
      const fault = `not everything was closed within ${limitMs / 1_000} s; start it with its own feed again`;
      throw new OvermindError('run/unfinished', { runId, fault });
    }
    await recordRunState(pool, runId, 'ended');
  } finally {
    await stops.run();
  }
}
