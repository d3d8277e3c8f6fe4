import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/env-file.ts';
import type { FeedArgs, MarketFeed } from '../../domain/market/market-feed.ts';
import { OvermindError } from '../../domain/shared/errors.ts';
import type { Display } from './display.ts';
import { SUPERVISOR } from './earlier-start.ts';
import { finishRun } from './finish-run.ts';
import type { StartOptions } from './options.ts';
import type { ProcessHooks } from './own-process.ts';
import { recordRunState } from './prepare-ledger.ts';
import { prepareRun, type PreparedRun } from './prepare-run.ts';
import { isAlive } from './process-identity.ts';
import type { Progress } from './progress.ts';
import { processEntry, removeRunFile, writeRunFile, type RunFile } from './run-file.ts';
import { cacheFolder } from './servers/cache-folder.ts';
import type { ServerSetup } from './servers/running-server.ts';
import { choosePorts, startProcesses, type Ports } from './start-processes.ts';
import { startServers, type Servers } from './start-servers.ts';
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

const LOOK_EVERY_MS = 1_000;

/** Everything up, the run, everything down. Answers with the exit code. */
export async function runSystem(system: SystemOptions): Promise<number> {
  const { display, progress, interruption, options } = system;
  const stops = createStops(display);
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

async function bringUp(
  { env, config, feed, feedArgs, display, progress }: SystemOptions,
  stops: Stops,
  givenUp: GivenUp,
): Promise<Begun> {
  const setup: ServerSetup = {
    home: config.home,
    cache: cacheFolder(env),
    env,
    ports: 'conventional',
    progress: progress.say,
  };
  const pids = new Map<string, number>([[SUPERVISOR, process.pid]]);
  let facts: Omit<RunFile, 'processes'> = {
    run: '',
    mode: config.mode,
    startedAtMs: Date.now(),
    addresses: {},
  };
  const writeDown = (): void => writeRunFile(config.home, { ...facts, processes: entriesOf(pids) });
  const hooks: ProcessHooks = {
    logFolder: join(config.home, 'logs'),
    onPid(name, pid) {
      pids.set(name, pid);
      writeDown();
    },
    onRestart: (name, why) => display.say(`${name} ${why}: starting it again`),
    onGivenUp: (name, why) => givenUp.tell(name, why),
  };
  writeDown();
  const onStop = stops.add;
  const servers = await startServers({ config, setup, progress, hooks, onStop });
  for (const { name, pid } of runningOf(servers)) pids.set(name, pid);
  stops.add('server watch', watchServers(servers, givenUp));

  const run = await prepareRun({ config, servers, feed, feedArgs, progress, onStop });
  if (run.latch) {
    const { haltEpoch, reason } = run.latch;
    display.say(
      `HALTED since before this start (epoch ${haltEpoch}: ${reason}). Nothing will be traded; ` +
        'only --fresh lifts a halt of a paper run.',
    );
  }
  const ports = await choosePorts(config, setup);
  facts = { ...facts, run: run.runId, addresses: addressesOf(servers, ports) };
  await startProcesses({ config, setup, servers, run, ports, progress, hooks, onStop });
  await recordRunState(run.pool, run.runId, 'running');
  return { servers, run, ports };
}

function addressesOf({ temporal, postgres, dragonfly, chroma, chain }: Servers, ports: Ports) {
  const api = `http://127.0.0.1:${ports.api}`;
  return {
    temporal: temporal.url,
    ...(temporal.uiUrl === undefined ? {} : { temporalUi: temporal.uiUrl }),
    api,
    metrics: `${api}/metrics`,
    postgres: postgres.url,
    dragonfly: dragonfly.url,
    chroma: chroma.url,
    simnet: chain.urls[0] ?? '',
    brain: `http://127.0.0.1:${ports.brain}`,
  };
}

function entriesOf(pids: ReadonlyMap<string, number>): RunFile['processes'] {
  return Object.fromEntries(
    [...pids].flatMap(([name, pid]) => {
      const entry = processEntry(pid);
      return entry ? [[name, entry]] : [];
    }),
  );
}

/** Only the servers that we started have a pid. */
function runningOf({ postgres, dragonfly, chroma, temporal }: Servers) {
  return [postgres, dragonfly, chroma, temporal].flatMap(({ name, pid }) =>
    pid === undefined ? [] : [{ name, pid }],
  );
}

function watchServers(servers: Servers, givenUp: GivenUp): () => Promise<void> {
  const watched = runningOf(servers).flatMap(({ name, pid }) => {
    const entry = processEntry(pid);
    return entry ? [{ name, entry }] : [];
  });
  const timer = setInterval(() => {
    for (const { name, entry } of watched) if (!isAlive(entry)) givenUp.tell(name, 'ended');
  }, LOOK_EVERY_MS);
  return async () => clearInterval(timer);
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

type Stops = {
  readonly add: (name: string, stop: () => unknown) => void;
  run(): Promise<void>;
};

/** The last that was started is the first to stop. */
function createStops({ say }: Display): Stops {
  const stops: { readonly name: string; readonly stop: () => unknown }[] = [];
  return {
    add: (name, stop) => void stops.push({ name, stop }),
    async run() {
      if (stops.length > 0)
        say(
          `stopping ${stops
            .map(({ name }) => name)
            .toReversed()
            .join(', ')}`,
        );
      for (const { name, stop } of stops.toReversed()) {
        try {
          await stop();
        } catch (error) {
          say(`${name} did not stop cleanly: ${String(error)}`);
        }
      }
    },
  };
}
