import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { endProcess, isAlive, startTicksOf } from '../../../../workers/dev/process-identity.ts';

describe('a process', () => {
  it('is told from another one of the same number by when it began', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const pid = child.pid ?? 0;
    const startTicks = startTicksOf(pid) ?? '';
    expect(isAlive({ pid, startTicks })).toBe(true);
    expect(isAlive({ pid, startTicks: `${startTicks}0` })).toBe(false);

    const exited = once(child, 'exit');
    await endProcess({ pid, startTicks: `${startTicks}0` }, 'SIGKILL', 0);
    expect(isAlive({ pid, startTicks })).toBe(true);
    await endProcess({ pid, startTicks }, 'SIGINT', 1_000);
    await exited;
    expect(isAlive({ pid, startTicks })).toBe(false);
  });

  it('that takes no hint is made to end', async () => {
    const child = spawn('sh', ['-c', 'trap "" INT; echo up; while :; do sleep 0.05; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    const exited = once(child, 'exit');
    await endProcess({ pid, startTicks: startTicksOf(pid) ?? '' }, 'SIGINT', 200);
    const [, signal] = (await exited) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
  });

  it('that never was is not alive', () => {
    expect(isAlive({ pid: 4_194_305 })).toBe(false);
  });
});
