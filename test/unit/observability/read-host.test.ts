import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readHost } from '../../../adapters/observability/read-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'overmind-proc-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As a kernel writes it. */
function aProc(files: Readonly<Record<string, string>>): string {
  mkdirSync(join(folder, 'net'), { recursive: true });
  const all = {
    stat: 'cpu  1000 20 300 9000 50 0 7 3 5 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu1 1 2 3 4 5 6 7 8 0 0\n',
    meminfo: 'MemTotal:        8000 kB\nMemFree:          100 kB\nMemAvailable:    4000 kB\n',
    'net/dev': [
      'Inter-|   Receive                            |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs',
      '    lo: 5000 10 0 0 0 0 0 0 5000 10 0 0 0 0 0 0',
      '  eth0: 1200 8 0 0 0 0 0 0 340 4 0 0 0 0 0 0',
      'wlan0:100 1 0 0 0 0 0 0 60 1 0 0 0 0 0 0',
      '',
    ].join('\n'),
    ...files,
  };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  return folder;
}

describe('the figures of the host', () => {
  it('are in seconds and bytes, without the loopback interface', async () => {
    const { cores, cpuSeconds, memory, network } = await readHost(folder, aProc({}));
    expect(cores).toBe(2);
    expect(cpuSeconds).toMatchObject({ user: 10, nice: 0.2, idle: 90, steal: 0.03 });
    expect(memory).toEqual({ totalBytes: 8_192_000, availableBytes: 4_096_000 });
    expect(network).toEqual({ receivedBytes: 1_300, sentBytes: 400 });
  });

  it('are not made up where the kernel does not say', async () => {
    const proc = aProc({ meminfo: 'MemTotal: 8000 kB\n' });
    await expect(readHost(folder, proc)).rejects.toThrow('MemAvailable');
    await expect(readHost(folder, join(folder, 'nowhere'))).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.platform !== 'linux')('are those of this one', async () => {
    const { cores, cpuSeconds, memory, disk } = await readHost(folder);
    expect(cores).toBe(cpus().length);
    expect(Object.values(cpuSeconds).every((seconds) => seconds >= 0)).toBe(true);
    expect(cpuSeconds['idle']).toBeGreaterThan(0);
    expect(Math.abs(memory.totalBytes - totalmem())).toBeLessThan(1e8);
    expect(memory.availableBytes).toBeLessThanOrEqual(memory.totalBytes);
    expect(disk.availableBytes).toBeLessThanOrEqual(disk.totalBytes);
  });
});
