import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { findOnPath } from '../../workers/dev/servers/obtain.ts';
import type { Environment } from '../find-system.ts';
import type { Check } from './check.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Beside the sources, beside the compiled build in an image, or above it in `dist/`. */
const PACKAGES = [join(ROOT, 'node_modules'), join(ROOT, '..', 'node_modules')];
/** The journal preallocates 16 MiB a segment; logs and the ledger grow besides. */
const FREE_BYTES_MIN = 1_000_000_000;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

type PackageFile = {
  readonly version: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
};

/** What can be seen without asking any server. */
export function hostChecks(config: Config, env: Environment): readonly Check[] {
  return [
    {
      name: 'node',
      needed: true,
      look: lookAtNode,
      advice: 'install the Node version that package.json names',
    },
    { name: 'packages', needed: true, look: lookAtPackages, advice: 'npm ci' },
    {
      name: 'secret files',
      needed: true,
      look: () => lookAtSecrets(config),
      advice: 'chmod 600 what is named; npm start makes what is missing',
    },
    {
      name: 'disk space',
      needed: true,
      look: () => lookAtDisk(config.home),
      advice: 'free some space, or move OVERMIND_HOME',
    },
    {
      name: 'recorded data',
      needed: false,
      look: () => lookAtData(config.dataDir),
      advice: 'OVERMIND_DATA_DIR names the folder; without it the synthetic feed is used',
    },
    {
      name: 'flock',
      needed: false,
      look: () => required(findOnPath('flock', env), 'not on PATH'),
      advice: 'install util-linux: it keeps a second executor from starting',
    },
    {
      name: 'browser',
      needed: false,
      look: () => lookAtBrowser(env),
      advice: 'install Chromium, only to take pictures of the Web UI',
    },
  ];
}

function required(found: string | undefined, fault: string): string {
  if (found === undefined) throw new Error(fault);
  return found;
}

const readPackage = (path: string): PackageFile =>
  JSON.parse(readFileSync(path, 'utf8')) as PackageFile; // npm's own format.

function lookAtNode(): string {
  const wanted = readPackage(join(ROOT, 'package.json')).engines?.node ?? '';
  const [major = 0, minor = 0] = wanted
    .replace(/[^\d.]/g, '')
    .split('.')
    .map(Number);
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  const isEnough = haveMajor > major || (haveMajor === major && haveMinor >= minor);
  if (!isEnough) throw new Error(`${process.versions.node}, wants ${wanted}`);
  return process.versions.node;
}

function lookAtPackages(): string {
  const pins = Object.entries(readPackage(join(ROOT, 'package.json')).dependencies ?? {});
  const wrong = pins.flatMap(([name, pin]) => {
    const paths = PACKAGES.map((folder) => join(folder, name, 'package.json'));
    const path = paths.find((one) => existsSync(one));
    if (path === undefined) return [`${name} is missing`];
    const { version } = readPackage(path);
    return version === pin ? [] : [`${name} is ${version}, wants ${pin}`];
  });
  if (wrong.length > 0) throw new Error(wrong.join(', '));
  return `${pins.length} as pinned`;
}

/** Wallet and permit key, and everything that lies beside them; the run file holds passwords too. */
function lookAtSecrets({ home, files }: Config): string {
  const folder = join(home, 'secrets');
  const beside = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const runFile = join(home, 'run.json');
  const needed = [files.wallet, files.permitKey];
  const paths = new Set([...needed, ...beside, ...(existsSync(runFile) ? [runFile] : [])]);
  const wrong = [...paths].flatMap((path) => {
    if (!existsSync(path)) return [`${path} is missing`];
    const mode = statSync(path).mode & 0o777;
    return (mode & 0o077) === 0 ? [] : [`${path} has mode ${mode.toString(8)}, wants 600`];
  });
  if (wrong.length > 0) throw new Error(wrong.join(', '));
  return `${paths.size} readable by their owner alone`;
}

async function lookAtDisk(home: string): Promise<string> {
  const { bavail, bsize } = await statfs(existsSync(home) ? home : ROOT);
  const free = bavail * bsize;
  const shown = `${(free / 1e9).toFixed(1)} GB free`;
  if (free < FREE_BYTES_MIN) throw new Error(`${shown}, wants ${FREE_BYTES_MIN / 1e9} GB`);
  return shown;
}

function lookAtData(folder: string): string {
  accessSync(folder, constants.R_OK);
  return folder;
}

function lookAtBrowser(env: Environment): string {
  const given = env['CHROMIUM_PATH'];
  if (given !== undefined && existsSync(given)) return given;
  const found = BROWSERS.flatMap((name) => findOnPath(name, env) ?? []);
  return required(found[0], `none of ${BROWSERS.join(', ')} on PATH`);
}
