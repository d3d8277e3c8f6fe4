import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/env-file.ts';
import type { FeedArgs, MarketFeed } from '../../domain/market/market-feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { Display } from './display.ts';
import { closeEarlierRun } from './close-earlier-run.ts';
import { clearEarlierStart, SUPERVISOR } from './earlier-start.ts';
import { finishRun } from './finish-run.ts';
import type { StartOptions } from './options.ts';
import { chainFolder } from './paper-chain.ts';
import { clearRuns, readUnfinished, recordRunState, type Latch } from './prepare-ledger.ts';
import { openStores, prepareRun, type PreparedRun } from './prepare-run.ts';
import { endProcess } from './process-identity.ts';
import type { Progress } from './progress.ts';
import { processEntry, removeRunFile, writeRunFile, type RunFile } from './run-file.ts';
import { cacheFolder } from './servers/cache-folder.ts';
import { isSameFeed } from './same-feed.ts';
import type { EarlierServer, ServerSetup } from './servers/running-server.ts';
import { choosePorts, startProcesses, type Ports } from './start-processes.ts';
import { startServers, type Servers } from './start-servers.ts';
import { createStops, type Stops } from './stops.ts';
import { watchRun } from './watch-run.ts';

export type SystemOptions = {
  readonly options: StartOptions;
  readonly env: Environment;
  readonly config: Config;
  readonly feed: MarketFeed;
  readonly feedArgs: FeedArgs;
  readonly display: Display;
  readonly progress: Progress;
  readonly interruption: Promise<string>;
};

const STOP_LIMIT_MS = 10_000;

/** Everything up, the run, everything down. Answers with the exit code. */
export async function runSystem(system: SystemOptions): Promise<number> {
  const { display, progress, interruption, options } = system;
  const stops = createStops(display.say);
  const givenUp = createGivenUp();
  const interrupted = interruption.then((why) => ({ end: 'interrupted', why }) as const);
  let lastLine: string | undefined;
  try {
    const up = bringUp(system, stops, givenUp);
    up.catch(() => undefined); // After an interruption nobody waits for it.
    const begun = await Promise.race([up, interrupted, givenUp.promise]);
    if ('end' in begun) return endedEarly(begun.end, options);
    const { run } = begun;
    const startedMs = performance.now();
    const watched = watchRun({ ...begun, display, startedMs });
    stops.add('live view', watched.stop);
    const ended = await Promise.race([watched.feedEnded, interrupted, givenUp.promise]);
    if ('events' in ended && options.exit) {
      const finished = await Promise.race([
        finishRun({
          ...system,
          run,
          slotMs: begun.servers.chain.slotMs,
          startedMs,
          events: ended.events,
        }),
        interrupted,
        givenUp.promise,
      ]);
      if ('end' in finished) return endedEarly(finished.end, options);
      lastLine = JSON.stringify(finished.summary);
      return finished.exitCode;
    }
    if ('end' in ended) return endedEarly(ended.end, options);
    display.say('The feed has ended. Positions stay open and watched until Ctrl-C.');
    return endedEarly((await Promise.race([interrupted, givenUp.promise])).end, options);
  } finally {
    await stops.run();
    removeRunFile(system.config.home);
    progress.stop();
    // The very last line of standard output: scripts read it.
    if (lastLine !== undefined) process.stdout.write(`${lastLine}\n`);
  }
}

/** An operator's Ctrl-C is an orderly end, unless a result was asked for. */
function endedEarly(end: 'interrupted', { exit }: StartOptions): number {
  return end === 'interrupted' && !exit ? 0 : 1;
}

type Begun = { readonly servers: Servers; readonly run: PreparedRun; readonly ports: Ports };

async function bringUp(system: SystemOptions, stops: Stops, givenUp: GivenUp): Promise<Begun> {
  const { env, config, feed, feedArgs, display, progress } = system;
  const earlier = new Map(await clearEarlierStart(config.home, progress));
  const runFile = openRunFile(config, earlier);
  await endReplaced(config, earlier);
  const hooks = {
    logFolder: join(config.home, 'logs'),
    onPid: runFile.addProcess,
    onReady: runFile.setReady,
    onRestart: (name: string, why: string) => display.say(`${name} ${why}: starting it again`),
    onGivenUp: givenUp.tell,
  };
  const isNewChain = !config.addresses.rpc && !existsSync(chainFolder(config.home));
  if (isNewChain) await forgetWorkflows(config.home, earlier);
  const setup: ServerSetup = {
    home: config.home,
    cache: cacheFolder(env),
    env,
    ports: 'conventional',
    progress: progress.say,
    hooks,
    earlier,
  };
  const onStop = stops.add;
  runFile.write();
  const servers = await startServers({ config, setup, progress, hooks, onStop });
  const stores = await openStores({ servers, progress, onStop });
  if (isNewChain) await clearRuns(stores.pool);
  const ports = await choosePorts(config, setup);
  const base = { config, setup, servers, stores, ports, progress, hooks, onStop };

  const unfinished = await readUnfinished(stores.pool);
  const resumes = unfinished && isSameFeed(unfinished.feed, feedArgs) ? unfinished : undefined;
  runFile.say(unfinished?.runId ?? '', addressesOf(servers, ports));
  if (unfinished && !resumes) {
    await closeEarlierRun({ ...base, unfinished, createStops: () => createStops(progress.say) });
  }
  const run = await prepareRun({ ...base, feed, feedArgs, resumes });
  if (run.latch) display.say(haltedText(run.latch));
  runFile.say(run.runId, addressesOf(servers, ports));
  await startProcesses({ ...base, run });
  await recordRunState(run.pool, run.runId, 'running');
  return { servers, run, ports };
}

/** Servers of an earlier start that this one has other addresses for. */
async function endReplaced({ addresses }: Config, earlier: Map<string, EarlierServer>) {
  for (const name of ['postgres', 'dragonfly', 'chroma', 'temporal'] as const) {
    if (addresses[name] !== undefined) await endEarlier(name, earlier);
  }
}

async function endEarlier(name: string, earlier: Map<string, EarlierServer>): Promise<void> {
  const server = earlier.get(name);
  if (server) await endProcess(server, 'SIGINT', STOP_LIMIT_MS);
  earlier.delete(name);
}

/** Workflows of a chain that is gone would wait for it for ever. */
async function forgetWorkflows(home: string, earlier: Map<string, EarlierServer>): Promise<void> {
  await endEarlier('temporal', earlier);
  rmSync(join(home, 'temporal'), { recursive: true, force: true });
}

function haltedText({ haltEpoch, reason }: Latch): string {
  return (
    `HALTED since before this start (epoch ${haltEpoch}: ${reason}). Nothing will be traded; ` +
    'npx overmind resume lifts the halt, and so does --fresh, with everything else.'
  );
}

function addressesOf({ temporal, postgres, dragonfly, chroma, chain }: Servers, ports: Ports) {
  const api = `http://127.0.0.1:${ports.api}`;
  return {
    temporal: temporal.url,
    ...(temporal.uiUrl === undefined ? {} : { temporalUi: temporal.uiUrl }),
    ...(temporal.metricsUrl === undefined ? {} : { temporalMetrics: temporal.metricsUrl }),
    api,
    metrics: `${api}/metrics`,
    postgres: postgres.url,
    dragonfly: dragonfly.url,
    chroma: chroma.url,
    simnet: chain.urls[0] ?? '',
    ...(chain.urls[1] === undefined ? {} : { simnet2: chain.urls[1] }),
    brain: `http://127.0.0.1:${ports.brain}`,
    tradingMetrics: `http://127.0.0.1:${ports.tradingMetrics}/metrics`,
    brainMetrics: `http://127.0.0.1:${ports.brainMetrics}/metrics`,
  };
}

type OpenRunFile = {
  readonly addProcess: (name: string, pid: number, ports?: readonly number[]) => void;
  readonly setReady: (name: string) => void;
  readonly say: (run: string, addresses: RunFile['addresses']) => void;
  readonly write: () => void;
};

/** `run.json`, written again at each change. */
function openRunFile(
  { home, mode }: Config,
  earlier: ReadonlyMap<string, EarlierServer>,
): OpenRunFile {
  // What still runs stays written down: if this start is killed, too, the next one finds it.
  const processes = new Map<string, RunFile['processes'][string]>(
    [...earlier].map(([name, one]) => [name, { ...one, ports: [...one.ports] }]),
  );
  let facts = { run: '', mode, startedAtMs: Date.now(), addresses: {} };
  const write = (): void =>
    writeRunFile(home, { ...facts, processes: Object.fromEntries(processes) });
  const addProcess: OpenRunFile['addProcess'] = (name, pid, ports) => {
    const entry = processEntry(pid, ports);
    if (!entry) return;
    processes.set(name, entry);
    write();
  };
  const self = processEntry(process.pid);
  if (self) processes.set(SUPERVISOR, { ...self, ready: true });
  return {
    addProcess,
    setReady(name) {
      const entry = processes.get(name);
      if (!entry) return;
      processes.set(name, { ...entry, ready: true });
      write();
    },
    write,
    say(run, addresses) {
      facts = { ...facts, run, addresses };
      write();
    },
  };
}

type GivenUp = {
  readonly promise: Promise<never>;
  tell(name: string, why: string): void;
};

/** Something that the system cannot do without has ended for good. */
function createGivenUp(): GivenUp {
  let tell: GivenUp['tell'] = () => undefined;
  const promise = new Promise<never>((_, reject) => {
    tell = (name, why) =>
      reject(new OvermindError('server/failed', { server: name, fault: `${why}; the run ends` }));
  });
  promise.catch(() => undefined); // It may come when nobody waits any more.
  return { promise, tell };
}
