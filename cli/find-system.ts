import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config } from '../config/config.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import { readRunFile, type RunFile } from '../workers/dev/run-file.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type System = {
  readonly config: Config;
  /** Undefined where no system was started here, or its addresses come from the environment. */
  readonly runFile: RunFile | undefined;
};

/** Variables that name an address, and the word for it in the run file. */
const ADDRESSES = {
  DATABASE_URL: 'postgres',
  DRAGONFLY_URL: 'dragonfly',
  CHROMA_URL: 'chroma',
  OVERMIND_TEMPORAL_UI_URL: 'temporalUi',
} as const;

/** Words of the run file that are ports or host:port in the environment. */
const HOSTS = { TEMPORAL_ADDRESS: 'temporal' } as const;
const PORTS = { OVERMIND_API_PORT: 'api', OVERMIND_BRAIN_PORT: 'brain' } as const;

/** The configuration with the addresses of what runs here; the environment's own come first. */
export function findSystem(env: Environment): System {
  const { home } = loadConfig(env);
  const runFile = readRunFile(home);
  if (!runFile) return { config: loadConfig(env), runFile };
  return { config: loadConfig({ ...addressesOf(runFile), ...withoutEmpty(env) }), runFile };
}

/** Throws `system/unreachable` where nothing says that a system runs here. */
export function requireSystem(env: Environment): System {
  const system = findSystem(env);
  const { addresses, files, home } = system.config;
  const { postgres, dragonfly, temporal } = addresses;
  // One road to it is enough to stop it.
  const isNamed = [system.runFile, postgres, dragonfly, temporal].some((one) => one !== undefined);
  if (!isNamed && !existsSync(files.executorSocket)) throw nothingFound(home);
  return system;
}

/** For commands that are of no use without the ledger. */
export function requirePostgres({ config }: System): string {
  const { postgres } = config.addresses;
  if (postgres === undefined) throw nothingFound(config.home);
  return postgres;
}

function nothingFound(home: string): OvermindError {
  const path = join(home, 'run.json');
  const what = existsSync(path) ? `${path} cannot be read or is not ours` : `${path} is not there`;
  const looked = `${what}, and the environment names no address. Start one with npm start; OVERMIND_HOME says where it keeps its state`;
  return new OvermindError('system/unreachable', { looked });
}

function addressesOf({ addresses }: RunFile): Environment {
  const found: Record<string, string | undefined> = {};
  for (const [variable, word] of Object.entries(ADDRESSES)) found[variable] = addresses[word];
  // Proof that something is dead needs two origins.
  const origins = [addresses['simnet'], addresses['simnet2']].filter((one) => one !== undefined);
  if (origins.length > 0) found['OVERMIND_RPC_URLS'] = origins.join(',');
  for (const [variable, word] of Object.entries(HOSTS)) {
    found[variable] = addresses[word]?.replace(/^\w+:\/\//, '').replace(/\/$/, '');
  }
  for (const [variable, word] of Object.entries(PORTS)) {
    const address = addresses[word];
    if (address !== undefined && URL.canParse(address)) found[variable] = new URL(address).port;
  }
  return found;
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
}

/** An address as it may be shown: without user, password and what follows the path. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
