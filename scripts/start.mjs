// `npm start`: installs what is missing, then hands over to the supervisor.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ensurePackages, requireNode, ROOT } from './install.mjs';

requireNode();
await ensurePackages();

// The channel tells the supervisor when this process is gone, so that it never runs on unseen.
const child = spawn(
  process.execPath,
  ['--import', 'tsx', 'workers/dev/main.ts', ...process.argv.slice(2)],
  { cwd: ROOT, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`The supervisor could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
});
