import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { createExecutorLedger } from '../../../adapters/ledger/executor-epoch.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { createControl, type Control } from '../../../hotpath/control.ts';
import { openJournal, type Journal } from '../../../hotpath/journal.ts';
import { keepLease } from '../../../hotpath/keep-lease.ts';
import { takeOver } from '../../../hotpath/take-over.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { until } from '../../support/until.ts';

const WALLET = 'wallet';
const clock = () => ({ wallMs: Date.now(), monotonicMs: performance.now() });

let servers: TestServers;
let pool: LedgerPool;
let folder: string;
const ends: (() => void)[] = [];

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
}, 120_000);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'overmind-halt-'));
  await setControl(0, false);
  return () => {
    for (const end of ends.splice(0)) end();
    rmSync(folder, { recursive: true, force: true });
  };
});

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

/** As a backup has it: stops that came later are not known. */
async function setControl(haltEpoch: number, halted: boolean, stopId?: string): Promise<void> {
  await pool.query('delete from halts where halt_epoch > $1', [haltEpoch]);
  await setControlTo(haltEpoch, halted, stopId);
}

async function setControlTo(haltEpoch: number, halted: boolean, stopId?: string): Promise<void> {
  await pool.query('update control set halt_epoch = $1, halted = $2, stop_id = $3', [
    haltEpoch,
    halted,
    stopId,
  ]);
}

async function readControl(): Promise<unknown> {
  const { rows } = await pool.query<{ halt_epoch: string; halted: boolean; stop_id: string }>(
    'select halt_epoch, halted, stop_id from control',
  );
  const [row] = rows;
  return { haltEpoch: Number(row?.halt_epoch), halted: row?.halted, stopId: row?.stop_id };
}

const ledger = () => createExecutorLedger(pool);

/** A life of the executor, as far as its control goes: real journal, real Postgres. */
async function live(): Promise<{
  readonly control: Control;
  /** What the control socket does at a stop. */
  readonly stopBySocket: (stopId: string) => Promise<void>;
  /** What a notification from Postgres starts; resolves when both agree. */
  readonly hearPostgres: () => Promise<void>;
  readonly end: () => void;
}> {
  const journal: Journal = openJournal({
    folder,
    onFault: (error) => {
      throw error;
    },
  });
  const control = createControl({ journal, clock, dropUnsent: () => {} });
  await takeOver({
    wallet: WALLET,
    holder: 'test',
    journal,
    ledger: ledger(),
    control,
    clock,
    persist: (work) => work(),
  });
  const keeper = keepLease({
    wallet: WALLET,
    ledger: ledger(),
    control,
    clock,
    superseded: () => {},
    onHalt: () => {},
    onFault: () => {},
  });
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    keeper.stop();
    void journal.close();
  };
  ends.push(end);
  return {
    control,
    async stopBySocket(stopId) {
      const fenced = control.halt({ stopId, reason: 'test' });
      await ledger().recordHalt({ ...fenced, reason: 'test' });
    },
    async hearPostgres() {
      keeper.lookAgain();
      await until('Postgres and the executor agree', async () => {
        const { haltEpoch, halted } = (await readControl()) as {
          haltEpoch: number;
          halted: boolean;
        };
        return halted === control.halted && haltEpoch === control.haltEpoch;
      });
    },
    end,
  };
}

const stopByPostgres = (stopId: string) =>
  ledger().recordHalt({ stopId, reason: 'test', haltEpoch: 0 });

describe('one stop raises the halt epoch once', () => {
  it('when the socket is first', async () => {
    const executor = await live();
    await executor.stopBySocket('s1');
    await stopByPostgres('s1');
    await executor.hearPostgres();
    expect(await readControl()).toEqual({ haltEpoch: 1, halted: true, stopId: 's1' });
    expect(executor.control).toMatchObject({ haltEpoch: 1, halted: true, stopId: 's1' });
  });

  it('when Postgres is first', async () => {
    const executor = await live();
    await stopByPostgres('s1');
    await executor.hearPostgres();
    await executor.stopBySocket('s1');
    expect(await readControl()).toEqual({ haltEpoch: 1, halted: true, stopId: 's1' });
    expect(executor.control).toMatchObject({ haltEpoch: 1, stopId: 's1' });
  });

  it('when Postgres has it but the executor has not heard of it yet', async () => {
    const executor = await live();
    await stopByPostgres('s1');
    await executor.stopBySocket('s1');
    await executor.hearPostgres();
    expect(await readControl()).toMatchObject({ haltEpoch: 1 });
    expect(executor.control.haltEpoch).toBe(1);
  });

  it('when no executor lives, and one starts afterwards', async () => {
    (await live()).end();
    await stopByPostgres('s1');
    const executor = await live();
    expect(executor.control).toMatchObject({ haltEpoch: 1, halted: true, stopId: 's1' });
    await executor.stopBySocket('s1');
    expect(await readControl()).toMatchObject({ haltEpoch: 1, stopId: 's1' });
  });

  it('when Postgres was away, and the executor starts anew', async () => {
    const first = await live();
    first.control.halt({ stopId: 's1', reason: 'Postgres is away' });
    first.end();
    const second = await live();
    expect(second.control).toMatchObject({ haltEpoch: 1, halted: true, stopId: 's1' });
    expect(await readControl()).toEqual({ haltEpoch: 1, halted: true, stopId: 's1' });
    await stopByPostgres('s1');
    expect(await readControl()).toMatchObject({ haltEpoch: 1 });
  });

  it('also a second stop, made while no executor lives', async () => {
    const first = await live();
    await first.stopBySocket('s1');
    first.end();
    await stopByPostgres('s2');
    const second = await live();
    expect(second.control).toMatchObject({ haltEpoch: 2, halted: true, stopId: 's2' });
    await second.stopBySocket('s2');
    expect(await readControl()).toEqual({ haltEpoch: 2, halted: true, stopId: 's2' });
    second.end();
    expect((await live()).control).toMatchObject({ haltEpoch: 2, halted: true, stopId: 's2' });
  });
});

describe('the higher epoch wins', () => {
  it('where Postgres was away during a second stop', async () => {
    const executor = await live();
    await executor.stopBySocket('s1');
    executor.control.halt({ stopId: 's2', reason: 'Postgres is away' });
    await executor.hearPostgres();
    expect(await readControl()).toEqual({ haltEpoch: 2, halted: true, stopId: 's2' });
  });

  it('where Postgres was restored and hears of the stop first', async () => {
    const executor = await live();
    await setControl(5, false);
    await executor.hearPostgres();
    await setControl(3, false);
    await stopByPostgres('s1');
    await executor.stopBySocket('s1');
    await executor.hearPostgres();
    expect(executor.control).toMatchObject({ haltEpoch: 6, stopId: 's1' });
    expect(await readControl()).toEqual({ haltEpoch: 6, halted: true, stopId: 's1' });
  });
});

describe('a Postgres that was restored', () => {
  it('to a halt that was resumed from is no reason to go on: it is a halt of its own', async () => {
    const executor = await live();
    await executor.stopBySocket('s1');
    executor.control.resume('test'); // Epoch 2.
    await setControl(1, true, 's1');
    await pool.query("insert into halts values ('s1', 1, 'test') on conflict do nothing");
    await executor.hearPostgres();
    expect(executor.control).toMatchObject({ halted: true, haltEpoch: 3 });
    expect(await readControl()).toMatchObject({ halted: true, haltEpoch: 3 });
  });

  it('keeps an old stop dead that comes after its resume', async () => {
    const executor = await live();
    await executor.stopBySocket('s1');
    await pool.query('update halts set resumed_at = now()');
    await setControlTo(2, false);
    executor.control.resume('test');
    expect(await stopByPostgres('s1')).toEqual({ haltEpoch: 2, halted: false });
    await executor.stopBySocket('s1');
    await executor.hearPostgres();
    expect(executor.control).toMatchObject({ halted: false, haltEpoch: 2 });
    expect(await readControl()).toMatchObject({ halted: false, haltEpoch: 2 });
  });
});
