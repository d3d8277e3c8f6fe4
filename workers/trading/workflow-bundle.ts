import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';

const ROOT = join(import.meta.dirname, '..', '..');
/** What workflows are made of; a change below any of these makes another bundle. */
const SOURCES = ['workflows', 'temporal', 'domain'];

/** Of a compiled build, made by `npm run build`: its workflows are not read again. */
const BUILT_BUNDLE = join(ROOT, 'workflow-bundle.js');

/**
 * The workflows as one script, built once and kept under the hash of what it is made of: a worker
 * that restarts needs no second build. Answers with the file's path.
 */
export async function workflowBundleIn(cacheFolder: string): Promise<string> {
  if (!import.meta.url.endsWith('.ts')) return BUILT_BUNDLE;
  const path = join(cacheFolder, `workflows-${hashOfSources()}.js`);
  if (canRead(path)) return path;
  mkdirSync(cacheFolder, { recursive: true });
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    logger: SILENT,
  });
  // Renamed when whole: another worker of this host may be looking for it right now.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, code);
  renameSync(unfinished, path);
  return path;
}

const SILENT = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

function hashOfSources(): string {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as {
    readonly version: string; // npm writes it into every package.
  };
  hash.update(version);
  for (const folder of SOURCES) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.ts')).sort()) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

function canRead(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}
