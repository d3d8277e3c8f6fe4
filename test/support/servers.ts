import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../workers/dev/servers/cache-folder.ts';
import { startChroma } from '../../workers/dev/servers/chroma.ts';
import { startDragonfly } from '../../workers/dev/servers/dragonfly.ts';
import type { RoleUrl } from '../../workers/dev/servers/ledger-roles.ts';
import { startPostgres } from '../../workers/dev/servers/postgres.ts';
import type { RunningServer, ServerSetup } from '../../workers/dev/servers/running-server.ts';
import { startTemporal } from '../../workers/dev/servers/temporal.ts';

export type WantedServers = {
  readonly postgres?: boolean;
  readonly dragonfly?: boolean;
  readonly temporal?: boolean;
  readonly chroma?: boolean;
};

/** An address is the empty string for a server that was not asked for. */
export type TestServers = {
  readonly home: string;
  readonly postgresUrl: string;
  /** The same as a process of this role has it. */
  readonly postgresUrlOf: RoleUrl;
  readonly dragonflyUrl: string;
  readonly chromaUrl: string;
  /** host:port */
  readonly temporalAddress: string;
  readonly servers: readonly RunningServer[];
  readonly stop: () => Promise<void>;
};

/** Real servers of this test's own: temporary home, ports chosen by the system, in parallel. */
export async function startTestServers(wanted: WantedServers): Promise<TestServers> {
  const home = mkdtempSync(join(tmpdir(), 'overmind-test-'));
  chmodSync(home, 0o755); // Where tests run as root, Postgres runs as another user.
  const env = process.env;
  const setup: ServerSetup = {
    home,
    cache: cacheFolder(env),
    env,
    ports: 'any',
    progress: () => {},
  };
  const started = await Promise.allSettled([
    wanted.postgres ? startPostgres(setup) : undefined,
    wanted.dragonfly ? startDragonfly(setup) : undefined,
    wanted.chroma ? startChroma(setup) : undefined,
    wanted.temporal ? startTemporal(setup) : undefined,
  ]);
  const servers = started.flatMap((one) =>
    one.status === 'fulfilled' && one.value !== undefined ? [one.value] : [],
  );
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(home, { recursive: true, force: true });
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [postgres] = started;
  const roleUrl = postgres.status === 'fulfilled' ? postgres.value?.roleUrl : undefined;
  const urlOf = (name: string): string => servers.find((one) => one.name === name)?.url ?? '';
  return {
    home,
    postgresUrl: urlOf('postgres'),
    postgresUrlOf: roleUrl ?? (() => ''),
    dragonflyUrl: urlOf('dragonfly'),
    chromaUrl: urlOf('chroma'),
    temporalAddress: urlOf('temporal').replace('http://', ''),
    servers,
    stop,
  };
}
