// `npm run check`: format, lint, types, layers, dead code. All are run, so that one look shows all.
import { spawnSync } from 'node:child_process';
import { ensurePackages, requireNode, ROOT } from './install.mjs';

/** On a TypeScript it does not know, dependency-cruiser cruises nothing and reports no violation. */
const MODULES_MIN = 50;

const CHECKS = [
  { name: 'format', args: ['prettier/bin/prettier.cjs', '--check', '.'] },
  { name: 'lint', args: ['oxlint/bin/oxlint', '--type-aware'] },
  { name: 'types', args: ['typescript/bin/tsc', '--noEmit'] },
  { name: 'types of domain', args: ['typescript/bin/tsc', '--noEmit', '-p', 'domain'] },
  {
    name: 'layers',
    args: ['dependency-cruiser/bin/dependency-cruise.mjs', '--config', '--', ...sourceFolders()],
    accept: (output) => Number(/\((\d+) modules,/.exec(output)?.[1] ?? 0) >= MODULES_MIN,
    lacking: `fewer than ${MODULES_MIN} modules were looked at`,
  },
  { name: 'dead code', args: ['knip/bin/knip.js'] },
];

requireNode();
await ensurePackages();

const failed = [];
for (const { name, args, accept, lacking } of CHECKS) {
  const startedMs = Date.now();
  const [script, ...rest] = args;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`node_modules/${script}`, ...rest],
    { cwd: ROOT, encoding: 'utf8', maxBuffer: 50_000_000 },
  );
  const output = `${stdout ?? ''}${stderr ?? ''}`;
  const fault = status !== 0 ? `exit code ${status}` : accept?.(output) === false ? lacking : '';
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  console.log(`${fault ? 'FAILED' : 'ok    '} ${name} (${seconds} s)${fault ? `: ${fault}` : ''}`);
  if (fault) {
    failed.push(name);
    console.log(output.trimEnd());
  }
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}`);
process.exit(failed.length === 0 ? 0 : 1);

function sourceFolders() {
  return 'domain workflows activities workers hotpath adapters simnet config temporal cli'.split(
    ' ',
  );
}
