import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeBase58 } from '../../../domain/shared/base58.ts';
import { useExecutorBench } from '../../support/executor-bench.ts';
import { freePort } from '../../support/own-process.ts';
import { findIn, findInProcess, formsOf, type Forms } from '../../support/process-memory.ts';
import { until } from '../../support/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'overmind-key-'));
const inspectorPort = await freePort();
// What an operator could ask of a running Node process from outside. Every process of this file
// is started with it; only those that are sent the signals act on it.
process.env['NODE_OPTIONS'] = [
  '--heapsnapshot-signal=SIGUSR2',
  `--diagnostic-dir=${folder}`,
  `--inspect-port=${inspectorPort}`,
].join(' ');

const bench = useExecutorBench('SOL-USDC');
const { permit, publish, reportOf } = bench;

const keypairOf = (home: string): Buffer => {
  const text = readFileSync(join(home, 'secrets', 'wallet.json'), 'utf8');
  return Buffer.from(JSON.parse(text) as number[]);
};
const forms = formsOf(keypairOf(bench.secrets.home));
const publicForms: Forms = new Map([
  ['public key', [Buffer.from(decodeBase58(bench.secrets.wallet, 32) ?? [])]],
]);
const pidOf = ({ pid }: ChildProcess): number => pid ?? 0;

/** A process that keeps another key as nobody should: once the search finds nothing there, it is blind. */
const careless = formsOf(Buffer.from(Array.from({ length: 64 }, (_, n) => (n * 37 + 11) & 0xff)));
const CARELESS = `
const pair = Array.from({ length: 64 }, (_, n) => (n * 37 + 11) & 0xff);
globalThis.kept = [Buffer.from(pair), Buffer.from(pair.slice(0, 32)).toString('hex'), JSON.stringify(pair)];
setInterval(() => globalThis.kept.length, 1_000);
`;
const scriptOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const script = scriptOf('careless.mjs', `${CARELESS}process.send('ready');`);
const crasher = scriptOf('crasher.mjs', `${CARELESS}process.abort();`);
/** Reads and uses the key as the executor does. */
const secretsFolder = new URL('../../../adapters/secrets/', import.meta.url).href;
const holder = scriptOf(
  'holder.mjs',
  `
const { createSigner } = await import('${secretsFolder}signer.ts');
const { readWalletFile } = await import('${secretsFolder}wallet-file.ts');
const signer = createSigner(readWalletFile('${join(bench.secrets.home, 'secrets', 'wallet.json')}'));
signer.sign(Buffer.alloc(200, 7), Buffer.alloc(64));
process.abort();`,
);
const control = fork(script, [], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
await once(control, 'message');

afterAll(async () => {
  control.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function heapSnapshotOf(pid: number): Promise<Buffer> {
  process.kill(pid, 'SIGUSR2');
  const path = await until('a heap snapshot', () => {
    const name = readdirSync(folder).find((file) => file.includes(`.${pid}.`));
    const whole = name === undefined ? undefined : join(folder, name);
    return whole !== undefined && statSync(whole).size > 0 && endsWell(whole) ? whole : undefined;
  });
  return readFileSync(path);
}

function endsWell(path: string): boolean {
  const { size } = statSync(path);
  const end = Buffer.alloc(2);
  const file = openSync(path, 'r');
  readSync(file, end, 0, 2, Math.max(0, size - 2));
  closeSync(file);
  return end.toString('latin1').includes('}');
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });

describe("the executor's key", () => {
  it('has signed before anybody looks for it', async () => {
    const fields = permit('before-the-search');
    await publish(fields);
    expect(await reportOf(fields)).toMatchObject({ kind: 'submitted' });
  });

  it('lies in locked pages that no core dump holds, and nowhere else in its memory', () => {
    const pid = pidOf(bench.executor.child);
    const found = findInProcess(pid, forms);
    expect(found.map(({ form }) => form)).toEqual(['raw bytes']);
    for (const { mapping } of found)
      expect(mapping.flags).toEqual(expect.arrayContaining(['lo', 'dd']));
    expect(findInProcess(pid, publicForms).length).toBeGreaterThan(0);
    const seen = new Set(findInProcess(pidOf(control), careless).map(({ form }) => form));
    expect([...seen]).toEqual(expect.arrayContaining(['raw bytes', 'hex', 'JSON numbers']));
  });

  it('cannot be reached by an inspector that a signal opens', async () => {
    const { child } = bench.executor;
    child.kill('SIGUSR1');
    const fields = permit('after-the-signal');
    await publish(fields);
    expect(await reportOf(fields)).toMatchObject({ kind: 'submitted' });
    expect(await isOpen(inspectorPort)).toBe(false);
    control.kill('SIGUSR1');
    await until('the inspector of a process without a guard', () => isOpen(inspectorPort));
  });

  it('is not in a heap snapshot taken on request', async () => {
    const snapshot = await heapSnapshotOf(pidOf(bench.executor.child));
    expect(snapshot.length).toBeGreaterThan(1_000_000);
    expect(findIn(snapshot, forms)).toEqual([]);
    expect(snapshot.includes(bench.secrets.wallet)).toBe(true);
    const other = await heapSnapshotOf(pidOf(control));
    expect(findIn(other, careless)).toEqual(expect.arrayContaining(['hex', 'JSON numbers']));
  });

  it.skipIf(!canDumpCore())(
    '(needs core dumps) is not in the core of a process that crashes with it',
    async () => {
      const core = await coreOf(['--import', import.meta.resolve('tsx'), holder]);
      expect(findInFile(core, forms)).toEqual([]);
      expect(findInFile(core, publicForms)).toEqual(['public key']);
      const other = await coreOf([crasher]);
      expect(findInFile(other, careless)).toEqual(
        expect.arrayContaining(['raw bytes', 'hex', 'JSON numbers']),
      );
      for (const path of [core, other]) rmSync(path);
    },
  );

  it('is not even read under an inspector', async () => {
    const free = await freePort();
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = `--inspect=${free}`;
    try {
      await expect(bench.start()).rejects.toThrow(/inspector: open/);
    } finally {
      process.env['NODE_OPTIONS'] = before;
    }
  });
});

/** Where the system writes a core beside the process, and not to a program that collects them. */
function canDumpCore(): boolean {
  try {
    const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
    execFileSync('sh', ['-c', 'ulimit -c unlimited'], { stdio: 'ignore' });
    return pattern === 'core';
  } catch {
    return false;
  }
}

async function coreOf(args: readonly string[]): Promise<string> {
  const script = 'ulimit -c unlimited && exec "$@"';
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, ...args], {
    cwd: folder,
    stdio: 'ignore',
  });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGABRT');
  const name = ['core', `core.${child.pid}`].find((file) => readdirSync(folder).includes(file));
  if (name === undefined) throw new Error('the system wrote no core');
  const mine = join(folder, `taken.${child.pid}`);
  renameSync(join(folder, name), mine);
  return mine;
}

/** Cores are larger than memory likes; the parts overlap by more than the longest piece. */
function findInFile(path: string, wanted: Forms): readonly string[] {
  const overlap = 1_024;
  const part = Buffer.alloc(16 << 20);
  const file = openSync(path, 'r');
  const found = new Set<string>();
  try {
    for (let at = 0; ; at += part.length - overlap) {
      const read = readSync(file, part, 0, part.length, at);
      for (const form of findIn(part.subarray(0, read), wanted)) found.add(form);
      if (read < part.length) return [...found];
    }
  } finally {
    closeSync(file);
  }
}
