// `npm run build`: everything that a container runs, compiled to dist/ with the workflows as one script.
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, requireNode, ROOT, run } from './install.mjs';

const DIST = join(ROOT, 'dist');

requireNode();
await ensurePackages();

rmSync(DIST, { recursive: true, force: true });
const code = await run(process.execPath, [
  'node_modules/typescript/bin/tsc',
  ...['--project', 'tsconfig.build.json'],
]);
if (code !== 0) process.exit(code);
// The compiler copies no SQL.
for (const sql of ['migrations', 'roles.sql']) {
  const path = join('adapters', 'ledger', sql);
  cpSync(join(ROOT, path), join(DIST, path), { recursive: true });
}
writeFileSync(join(DIST, 'workflow-bundle.js'), await bundleWorkflows());
console.log('built dist/');

/** Of the compiled workflows, by the same version of the SDK that is going to run them. */
async function bundleWorkflows() {
  const { bundleWorkflowCode } = await import('@temporalio/worker');
  const silent = () => {};
  const logger = {
    log: silent,
    trace: silent,
    debug: silent,
    info: silent,
    warn: silent,
    error: silent,
  };
  const workflowsPath = join(DIST, 'workflows', 'index.js');
  const { code: bundle } = await bundleWorkflowCode({ workflowsPath, logger });
  return bundle;
}
