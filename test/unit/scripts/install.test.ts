import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

it('npx finds the command of this project after an install', () => {
  rmSync(join(ROOT, 'node_modules', '.bin', 'overmind'), { force: true });
  const install = "import('./scripts/install.mjs').then((made) => made.ensurePackages())";
  execFileSync(process.execPath, ['-e', install], { cwd: ROOT });
  const help = execFileSync('npx', ['--no-install', 'overmind', '--help'], { cwd: ROOT });
  expect(String(help)).toMatch(/overmind .*redecide/s);
});
