import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { callRpc } from '../../../adapters/chain/json-rpc.ts';
import { createSocketClient } from '../../../adapters/socket-rpc/client.ts';
import type { PermitFields } from '../../../domain/risk/permit.ts';
import { until, useExecutorBench } from '../../support/executor-bench.ts';
import type { RunningExecutor } from '../../support/executor.ts';

const bench = useExecutorBench('SOL-USDC');
const { permit, publish, reports, reportOf, secrets, start, untilFresh } = bench;

const LEASE_MS = 3_000;
const others: RunningExecutor[] = [];
afterEach(async () => {
  for (const one of others.splice(0)) await one.kill();
});

/** A home of its own, with the same wallet and permit key: as on another host. */
function homeElsewhere(): string {
  const home = mkdtempSync(join(tmpdir(), 'overmind-executor-'));
  cpSync(join(secrets.home, 'secrets'), join(home, 'secrets'), { recursive: true });
  return home;
}

async function startElsewhere(home = homeElsewhere()): Promise<RunningExecutor> {
  const other = await start(home);
  others.push(other);
  await untilFresh(createSocketClient({ path: join(home, 'run', 'executor.sock') }));
  return other;
}

const ended = ({ child }: RunningExecutor): Promise<true> =>
  until('end of the process', async () =>
    child.exitCode === null && child.signalCode === null ? undefined : true,
  );

const submittedOf = async ({ id }: PermitFields) =>
  (await reports()).filter(({ permitId, kind }) => permitId === id && kind === 'submitted');

async function isOnChain(signature: string | undefined): Promise<boolean> {
  type Statuses = { readonly value: readonly ({ readonly err: unknown } | null)[] };
  const { value } = await callRpc<Statuses>(bench.simnet.url, 'getSignatureStatuses', [
    [signature],
  ]);
  return value[0]?.err === null;
}

describe('two executors of one wallet', () => {
  it('the newer one alone executes, and the older one ends', async () => {
    const older = bench.executor;
    const before = permit('of-the-older');
    bench.executor = await startElsewhere();
    await ended(older);
    await publish(before);
    const after = permit('of-the-newer');
    await publish(after);
    expect(after.executorEpoch).toBeGreaterThan(before.executorEpoch);
    const report = await reportOf(after);
    expect(report).toMatchObject({ kind: 'submitted', executorEpoch: after.executorEpoch });
    expect(await reportOf(before)).toMatchObject({ kind: 'uncertain' });
    expect(await submittedOf(before)).toEqual([]);
    await until('landing', async () => (await isOnChain(report.signature)) || undefined);

    await bench.executor.kill();
    bench.executor = await start();
    await untilFresh();
  });

  it('one that slept through its lease signs nothing when it wakes', async () => {
    const sleeper = bench.executor;
    sleeper.child.kill('SIGSTOP');
    const unread = permit('for-the-sleeper');
    await publish(unread);
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS + 200));
    bench.executor = await startElsewhere();
    sleeper.child.kill('SIGCONT');
    await ended(sleeper);
    expect(await submittedOf(unread)).toEqual([]);

    const next = permit('after-the-sleep');
    await publish(next);
    expect(await reportOf(next)).toMatchObject({ kind: 'submitted' });
    await bench.executor.kill();
    bench.executor = await start();
    await untilFresh();
  });
});

describe('an executor that starts again', () => {
  it('takes a higher epoch than its journal knows, although Postgres was put back', async () => {
    const known = Number(bench.executor.facts['executorEpoch']);
    await bench.executor.stop();
    await bench.pool.query('update control set executor_epoch = 0, halt_epoch = 0');
    bench.executor = await start();
    await untilFresh();
    expect(Number(bench.executor.facts['executorEpoch'])).toBe(known + 1);
    const { rows } = await bench.pool.query('select executor_epoch from control');
    expect(rows).toEqual([{ executor_epoch: String(known + 1) }]);
    const fields = permit('after-the-restore');
    await publish(fields);
    expect(await reportOf(fields)).toMatchObject({ kind: 'submitted' });
  });

  it('stays halted although Postgres was put back to before the halt', async () => {
    await bench.socket.call('stop', { stopId: 'before-the-restore', reason: 'test' }, 1_000);
    await bench.executor.stop();
    await bench.pool.query(
      'update control set halted = false, halt_epoch = 0, stop_id = null, halt_reason = null',
    );
    bench.executor = await start();
    await untilFresh();
    expect(bench.executor.facts).toMatchObject({ halted: true, haltEpoch: 1 });
    const { rows } = await bench.pool.query('select halted, halt_epoch from control');
    expect(rows).toEqual([{ halted: true, halt_epoch: '1' }]);
  });
});

describe('an executor whose disk is full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'overmind-full-'));
  const isMounted = mount(folder);

  it.skipIf(!isMounted)(
    '(needs root, to mount a small disk) halts before it signs more',
    async () => {
      const home = join(folder, 'home');
      mkdirSync(home);
      cpSync(join(secrets.home, 'secrets'), join(home, 'secrets'), { recursive: true });
      await bench.executor.stop();
      await bench.pool.query('update control set halted = false, halt_epoch = 0, stop_id = null');
      bench.executor = await startElsewhere(home);
      fill(folder);
      let refused: { readonly kind: string; readonly reason?: string } | undefined;
      for (let n = 0; n < 200 && !refused; n += 1) {
        const fields = permit(`into-a-full-disk-${n}`, { haltEpoch: 0 });
        await publish(fields);
        const report = await reportOf(fields);
        if (report.kind === 'refused') refused = report;
      }
      expect(refused).toMatchObject({ kind: 'refused' });
      await ended(bench.executor).catch(() => undefined);
      execFileSync('umount', ['-l', folder]);
    },
  );
});

function mount(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** To the last byte. */
function fill(folder: string): void {
  for (const size of [1 << 20, 1 << 12, 1]) {
    try {
      for (let n = 0; n < 100_000; n += 1) {
        writeFileSync(join(folder, `full-${size}`), Buffer.alloc(size), { flag: 'a' });
      }
    } catch {
      // Nothing of this size fits any more.
    }
  }
}
