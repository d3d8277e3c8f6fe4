import type { Config } from '../../config/config.ts';
import { startPaperChain, type PaperChain } from './paper-chain.ts';
import type { ProcessHooks } from './own-process.ts';
import type { Progress } from './progress.ts';
import { startChroma } from './servers/chroma.ts';
import { startDragonfly } from './servers/dragonfly.ts';
import { startPostgres, type PostgresServer } from './servers/postgres.ts';
import type { RunningServer, ServerSetup } from './servers/running-server.ts';
import { startTemporal, type TemporalServer } from './servers/temporal.ts';

export type Servers = {
  readonly postgres: PostgresServer;
  readonly dragonfly: RunningServer;
  readonly chroma: RunningServer;
  readonly temporal: TemporalServer;
  readonly chain: PaperChain;
};

export type StartServers = {
  readonly config: Config;
  readonly setup: ServerSetup;
  readonly progress: Progress;
  readonly hooks: ProcessHooks;
  /** Called for each as soon as it runs, so that it is stopped even if another one fails. */
  readonly onStop: (name: string, stop: () => Promise<void>) => void;
};

/** All at once. When some fail, all the faults are told together. */
export async function startServers(options: StartServers): Promise<Servers> {
  const { config, setup, hooks } = options;
  const { addresses, passwords } = config;
  const started = await Promise.allSettled([
    start(options, 'Postgres', () =>
      startPostgres(setup, { url: addresses.postgres, password: passwords.postgres }),
    ),
    start(options, 'Dragonfly', () =>
      startDragonfly(setup, { url: addresses.dragonfly, password: passwords.dragonfly }),
    ),
    start(options, 'Chroma', () => startChroma(setup, { url: addresses.chroma })),
    start(options, 'Temporal', () => startTemporal(setup, { address: addresses.temporal })),
    options.progress.during('simnet', async () => {
      const chain = await startPaperChain(config, setup, hooks);
      const { process } = chain;
      if (process) options.onStop('simnet', process.stop);
      return chain;
    }),
  ]);
  const faults = started.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  if (faults.length > 1) throw new AggregateError(faults, 'several servers could not be started');
  const [postgres, dragonfly, chroma, temporal, chain] = started;
  return {
    postgres: valueOf(postgres),
    dragonfly: valueOf(dragonfly),
    chroma: valueOf(chroma),
    temporal: valueOf(temporal),
    chain: valueOf(chain),
  };
}

function valueOf<Value>(one: PromiseSettledResult<Value>): Value {
  if (one.status === 'fulfilled') return one.value;
  throw one.reason;
}

async function start<Server extends RunningServer>(
  { progress, onStop }: StartServers,
  name: string,
  begin: () => Promise<Server>,
): Promise<Server> {
  const server = await progress.during(name, begin);
  onStop(server.name, server.stop);
  progress.say(`  ${name} from ${server.source}`);
  return server;
}
