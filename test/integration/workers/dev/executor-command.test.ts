import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { executorCommand } from '../../../../workers/dev/executor-command.ts';
import { startOwnProcess, type ProcessHooks } from '../../../../workers/dev/own-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'overmind-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const root = join(folder, 'ready.mjs');
writeFileSync(
  root,
  `process.on('disconnect', () => process.exit(0));
process.send({ kind: 'ready', pid: process.pid });`,
);
const hooks: ProcessHooks = {
  logFolder: folder,
  onRestart: () => undefined,
  onPid: () => undefined,
  onReady: () => undefined,
  onGivenUp: () => undefined,
};

async function coreLimitUnder(under: readonly string[]): Promise<string | undefined> {
  const env = process.env;
  const one = { name: 'ready', root, env, under, restarts: false };
  const running = await startOwnProcess(one, hooks);
  try {
    // The shell and the lock have become the process: its pid is the one that was started.
    expect(running.facts).toMatchObject({ pid: running.pid() });
    const limits = readFileSync(`/proc/${running.pid()}/limits`, 'utf8');
    return /^Max core file size +(\S+ +\S+)/m.exec(limits)?.[1]?.replace(/ +/, ' ');
  } finally {
    await running.stop();
  }
}

/** Where no core is allowed here, none would be there either: the test would prove nothing. */
const maySetLimit = ((): boolean => {
  try {
    const pid = String(process.pid);
    execFileSync('prlimit', ['--core=unlimited:unlimited', '--pid', pid], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('the command of the executor', () => {
  it.skipIf(!maySetLimit)(
    '(needs prlimit) allows no core dump, with flock and without',
    async () => {
      const said: string[] = [];
      const say = (text: string): void => void said.push(text);
      expect(await coreLimitUnder([])).toBe('unlimited unlimited');
      expect(await coreLimitUnder(executorCommand({ home: folder, env: process.env, say }))).toBe(
        '0 0',
      );
      expect(said).toEqual([]);
      const bare = executorCommand({ home: folder, env: { PATH: '/nowhere' }, say });
      expect(await coreLimitUnder(bare)).toBe('0 0');
      expect(said).toEqual([expect.stringContaining('flock is not on PATH')]);
    },
  );
});
