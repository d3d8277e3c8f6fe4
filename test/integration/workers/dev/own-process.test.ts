import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  startOwnProcess,
  type OwnProcess,
  type ProcessHooks,
} from '../../../../workers/dev/own-process.ts';
import { isAlive } from '../../../../workers/dev/process-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'overmind-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let told: string[];
let pids: number[];
let hooks: ProcessHooks;
beforeEach(() => {
  told = [];
  pids = [];
  hooks = {
    logFolder: join(folder, 'logs'),
    onRestart: (name, why) => void told.push(`restart ${name}: ${why}`),
    onPid: (_name, pid) => void pids.push(pid),
    onReady: () => undefined,
    onGivenUp: (name, why) => void told.push(`given up ${name}: ${why}`),
  };
});

function aProcess(name: string, script: string, over: Partial<OwnProcess> = {}): OwnProcess {
  const root = join(folder, `${name}.mjs`);
  writeFileSync(root, script);
  return { name, root, env: process.env, restarts: true, ...over };
}

const READY = `process.on('disconnect', () => process.exit(0));
console.log('I am', process.pid);
process.send({ kind: 'ready', answer: 42 });`;
const soon = { timeout: 20_000, interval: 50 };

describe('a process of ours', () => {
  it('is up when it says so, writes its log, and stops when told', async () => {
    const running = await startOwnProcess(aProcess('plain', READY), hooks);
    const pid = running.pid() ?? 0;
    expect(running.facts).toMatchObject({ answer: 42 });
    expect(pids).toEqual([pid]);
    await running.stop();
    expect(isAlive({ pid })).toBe(false);
    expect(readFileSync(join(folder, 'logs', 'plain.log'), 'utf8')).toBe(`I am ${pid}\n`);
    expect(told).toEqual([]);
  });

  it('comes back when it is killed, under a new pid', async () => {
    const running = await startOwnProcess(aProcess('lively', READY), hooks);
    const first = running.pid() ?? 0;
    process.kill(first, 'SIGKILL');
    await expect.poll(() => pids.length, soon).toBe(2);
    await expect
      .poll(() => running.pid() !== first && isAlive({ pid: pids[1] ?? 0 }), soon)
      .toBe(true);
    expect(told).toEqual(['restart lively: ended with SIGKILL']);
    await running.stop();
    expect(isAlive({ pid: pids[1] ?? 0 })).toBe(false);
  });

  it('whose state dies with it does not come back', async () => {
    const running = await startOwnProcess(aProcess('chain', READY, { restarts: false }), hooks);
    process.kill(running.pid() ?? 0, 'SIGKILL');
    await expect.poll(() => told, soon).toEqual(['given up chain: ended with SIGKILL']);
    expect(pids).toHaveLength(1);
    await running.stop();
  });

  it('that dies again and again is given up', async () => {
    const dying = `${READY}\nsetTimeout(() => process.exit(7), 50);`;
    const running = await startOwnProcess(aProcess('dying', dying), hooks);
    await expect
      .poll(() => told.at(-1), { timeout: 40_000 })
      .toBe('given up dying: ended with code 7');
    expect(told.filter((line) => line.startsWith('restart'))).toHaveLength(5);
    await running.stop();
  });

  it('that cannot start says why', async () => {
    const failing = `process.send({ kind: 'failed', message: 'the moon is full' }, () => process.exit(1));`;
    await expect(startOwnProcess(aProcess('failing', failing), hooks)).rejects.toMatchObject({
      code: 'server/failed',
      context: { server: 'failing', fault: expect.stringContaining('the moon is full') },
    });
    const ending = `process.exit(3);`;
    await expect(startOwnProcess(aProcess('ending', ending), hooks)).rejects.toMatchObject({
      context: { fault: expect.stringContaining('ended with code 3') },
    });
  });

  it('becomes the process under the command that holds its lock', async () => {
    const under = ['flock', '-n', '-F', join(folder, 'lock')];
    const running = await startOwnProcess(aProcess('locked', READY, { under }), hooks);
    expect(readFileSync(join(folder, 'logs', 'locked.log'), 'utf8')).toBe(
      `I am ${running.pid()}\n`,
    );
    await expect(
      startOwnProcess(aProcess('second', READY, { under }), hooks),
    ).rejects.toMatchObject({ code: 'server/failed' });
    await running.stop();
  });
});
