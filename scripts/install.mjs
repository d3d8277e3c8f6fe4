// Plain JavaScript and Node builtins only: this runs before any package is installed.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that `engines` in package.json names. */
export function requireNode() {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const wanted = engines.node.replace('>=', '').split('.').map(Number);
  const have = process.versions.node.split('.').map(Number);
  const [major, minor] = [have[0] - wanted[0], have[1] - (wanted[1] ?? 0)];
  if (major > 0 || (major === 0 && minor >= 0)) return;
  console.error(`Node ${engines.node} is needed, this is ${process.versions.node}.`);
  process.exit(1);
}

/** Runs `npm ci` when nothing is installed yet or the lock file is newer than what is. */
export async function ensurePackages() {
  await installWhereNeeded();
  linkCli();
}

/**
 * `npx overmind` looks for the command where npm links those of dependencies; npm makes no such link
 * for the project's own, and runs no script of ours after an install.
 */
function linkCli() {
  const link = join(ROOT, 'node_modules', '.bin', 'overmind');
  const target = join('..', '..', 'cli', 'overmind.mjs');
  try {
    if (readlinkSync(link) === target) return;
  } catch {
    // Not there yet, or no link: made anew below.
  }
  try {
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(target, link);
  } catch (error) {
    console.error(`npx overmind will not be found (${error.message}): use node cli/overmind.mjs`);
  }
}

async function installWhereNeeded() {
  const installed = changedAt(join(ROOT, 'node_modules', '.package-lock.json'));
  const locked = changedAt(join(ROOT, 'package-lock.json'));
  if (installed !== undefined && installed >= (locked ?? 0)) return;
  const startedMs = Date.now();
  const elapsed = () => `${((Date.now() - startedMs) / 1000).toFixed(0)} s`;
  console.error(
    installed === undefined
      ? 'Installing packages (npm ci): the first time takes about a minute.'
      : 'Installing packages (npm ci): the lock file has changed.',
  );
  const timer = setInterval(
    () => console.error(`  still installing packages, ${elapsed()}`),
    10_000,
  );
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    // Progress of ours goes to stderr: the last line of stdout belongs to the summary.
    stdio: ['ignore', 2, 2],
  });
  clearInterval(timer);
  if (code !== 0) {
    console.error('npm ci failed: its own lines above say why.');
    process.exit(1);
  }
  console.error(`Packages installed in ${elapsed()}.`);
}

/** Runs a command in the project's folder to its end and returns its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(127);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
