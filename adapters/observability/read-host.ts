import { readFile, statfs } from 'node:fs/promises';

/** What the kernel says of this host, or of the container as far as it shows. */
export type HostFigures = {
  readonly cores: number;
  /** Seconds since the host's start, summed over all processors. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  readonly disk: { readonly totalBytes: number; readonly availableBytes: number };
  readonly network: { readonly receivedBytes: number; readonly sentBytes: number };
};

/** `USER_HZ`: fixed at 100 for every program on Linux, whatever the kernel's own rate. */
const TICKS_PER_SECOND = 100;
/** The first columns of the line `cpu`; what follows (guest time) is counted in `user` already. */
const CPU_MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** Rejects where there is no `/proc`, as on a host that is no Linux. */
export async function readHost(folder: string, proc = '/proc'): Promise<HostFigures> {
  const [stat, meminfo, netdev, disk] = await Promise.all([
    readFile(`${proc}/stat`, 'utf8'),
    readFile(`${proc}/meminfo`, 'utf8'),
    readFile(`${proc}/net/dev`, 'utf8'),
    statfs(folder),
  ]);
  return {
    cores: [...stat.matchAll(/^cpu\d+ /gm)].length,
    cpuSeconds: cpuSecondsOf(stat),
    memory: {
      totalBytes: kibibytesOf(meminfo, 'MemTotal') * 1_024,
      availableBytes: kibibytesOf(meminfo, 'MemAvailable') * 1_024,
    },
    // What root alone may use is not free for us.
    disk: { totalBytes: disk.blocks * disk.bsize, availableBytes: disk.bavail * disk.bsize },
    network: networkOf(netdev),
  };
}

function cpuSecondsOf(stat: string): Readonly<Record<string, number>> {
  const ticks = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? [];
  return Object.fromEntries(
    CPU_MODES.map((mode, at) => [mode, (ticks[at] ?? 0) / TICKS_PER_SECOND]),
  );
}

function kibibytesOf(meminfo: string, field: string): number {
  const found = new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
  if (found === undefined) throw new Error(`/proc/meminfo has no ${field}`);
  return Number(found);
}

/** `eth0: received packets errs drop fifo frame compressed multicast sent …` */
function networkOf(netdev: string): HostFigures['network'] {
  let [receivedBytes, sentBytes] = [0, 0];
  for (const [, name, figures = ''] of netdev.matchAll(/^ *([^\s:]+): *(.+)$/gm)) {
    if (name === 'lo') continue;
    const columns = figures.split(/ +/).map(Number);
    receivedBytes += columns[0] ?? 0;
    sentBytes += columns[8] ?? 0;
  }
  return { receivedBytes, sentBytes };
}
