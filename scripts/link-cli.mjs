// `npx overmind` looks for the command where npm links those of dependencies; npm makes no such link
// for the project's own. Runs after every install.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const link = join(root, 'node_modules', '.bin', 'overmind');
mkdirSync(dirname(link), { recursive: true });
rmSync(link, { force: true });
symlinkSync(join('..', '..', 'cli', 'overmind.mjs'), link);
