import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { findOnPath } from '../../workers/dev/servers/obtain.ts';
import type { Environment } from '../find-system.ts';
import type { Check } from './check.ts';

export type HostFacts = {
  readonly memoryBytes: number;
  readonly cores: number;
  /** Of the whole file system. */
  readonly diskBytes: number;
  /** The text of /etc/os-release. */
  readonly osRelease: string;
  /** Undefined: not on PATH. */
  readonly docker: string | undefined;
};

/** What docker-compose.yml allows its services together, and what their volumes grow to. */
const LEAST = { memoryBytes: 24e9, cores: 8, diskBytes: 100e9, ubuntu: 20.04 };

/** Of no concern to `npm start`, hence only reported. */
export function composeHostCheck(folder: string, env: Environment): Check {
  return {
    name: 'compose host',
    needed: false,
    look: async () => describeHost(await readFacts(folder, env)),
    advice: 'only docker compose wants this: 24 GB, 8 cores, 100 GB, Ubuntu 20.04 or newer, Docker',
  };
}

/** Throws with everything that is too little. */
export function describeHost(facts: HostFacts): string {
  const { memoryBytes, cores, diskBytes, docker } = facts;
  const system = nameOf(facts.osRelease);
  const faults = [
    memoryBytes < LEAST.memoryBytes ? `${gigabytes(memoryBytes)} memory` : '',
    cores < LEAST.cores ? `${cores} cores` : '',
    diskBytes < LEAST.diskBytes ? `${gigabytes(diskBytes)} disk` : '',
    isRecentUbuntu(facts.osRelease) ? '' : system,
    docker === undefined ? 'no docker on PATH' : '',
  ].filter((fault) => fault !== '');
  if (faults.length > 0) throw new Error(faults.join(', '));
  return `${gigabytes(memoryBytes)} memory, ${cores} cores, ${gigabytes(diskBytes)} disk, ${system}`;
}

async function readFacts(folder: string, env: Environment): Promise<HostFacts> {
  const { blocks, bsize } = await statfs(folder);
  return {
    memoryBytes: totalmem(),
    cores: availableParallelism(),
    diskBytes: blocks * bsize,
    osRelease: readOsRelease(),
    docker: findOnPath('docker', env),
  };
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

const fieldOf = (osRelease: string, name: string): string =>
  new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';

const nameOf = (osRelease: string): string =>
  fieldOf(osRelease, 'PRETTY_NAME') || 'an unknown system';

function isRecentUbuntu(osRelease: string): boolean {
  const version = Number(fieldOf(osRelease, 'VERSION_ID'));
  return fieldOf(osRelease, 'ID') === 'ubuntu' && version >= LEAST.ubuntu;
}

const gigabytes = (bytes: number): string => `${Math.floor(bytes / 1e9)} GB`;
