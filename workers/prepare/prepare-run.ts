import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFeed } from '../../adapters/market-data/open-feed.ts';
import type { Config } from '../../config/config.ts';
import { executorAddresses } from '../../config/executor-addresses.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import { chooseFeed } from '../dev/choose-feed.ts';
import type { StartOptions } from '../dev/options.ts';
import { useGivenChain } from '../dev/paper-chain.ts';
import { readUnfinished, recordRunState, type Unfinished } from '../dev/prepare-ledger.ts';
import { openStores, prepareRun, type RunServers, type Stores } from '../dev/prepare-run.ts';
import type { Progress } from '../dev/progress.ts';
import { isSameFeed } from '../dev/same-feed.ts';
import { readWhatIsLeft } from '../dev/what-is-left.ts';

export type PrepareForProcesses = {
  readonly config: Config;
  readonly options: StartOptions;
  /** Where `run-id` and `markets` are written, which the processes read as OVERMIND_…_FILE. */
  readonly folder: string;
  readonly progress: Progress;
};

/**
 * What the supervisor of `npm start` does before it starts a process: keys, money, pools, the run's
 * row and its baseline. The same feed goes on with the run that did not end.
 */
export async function prepareForProcesses(prepare: PrepareForProcesses): Promise<void> {
  const { config, options, folder, progress } = prepare;
  const { postgres, dragonfly, rpc } = executorAddresses(config); // Paper alone, until more is built.
  const chain = await useGivenChain(rpc);
  const servers: RunServers = { postgres: { url: postgres }, dragonfly: { url: dragonfly }, chain };
  const { args: feedArgs } = chooseFeed(options, config.dataDir);
  const feed = await openFeed(feedArgs);
  const stops: (() => unknown)[] = [];
  const onStop = (_name: string, stop: () => unknown): void => void stops.push(stop);
  try {
    const stores = await openStores({ servers, progress, onStop });
    const unfinished = await readUnfinished(stores.pool);
    const resumes = unfinished && isSameFeed(unfinished.feed, feedArgs) ? unfinished : undefined;
    if (unfinished && !resumes) await endEmpty(stores, unfinished);
    const run = await prepareRun({
      ...{ config, servers, stores, feed, feedArgs, resumes, progress, onStop },
    });
    if (run.latch) progress.say(`HALTED (${run.latch.reason}): nothing is traded until a resume`);
    await run.baseline;
    writeFileSync(join(folder, 'markets'), `${run.markets.map(({ id }) => id).join(',')}\n`);
    writeFileSync(join(folder, 'run-id'), `${run.runId}\n`);
    await recordRunState(run.pool, run.runId, 'running');
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** Only its own processes can close what a run holds: with another feed they would not know it. */
async function endEmpty({ pool }: Stores, { runId }: Unfinished): Promise<void> {
  const left = await readWhatIsLeft(pool, runId);
  if (left === undefined) return recordRunState(pool, runId, 'ended');
  const fault = `it has ${left}; start it with its own feed again until they are closed`;
  throw new OvermindError('run/unfinished', { runId, fault });
}
