import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudit, recordLimits, verifyAudit } from '../../../adapters/ledger/audit.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { createExecutorLedger } from '../../../adapters/ledger/executor-epoch.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { endPause, recordPause } from '../../../adapters/ledger/reduce-only.ts';
import { runCli } from '../../support/cli.ts';
import { makeSecrets } from '../../support/executor.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { anApprover, aWallet, beginTrade, openRun } from '../../support/settling.ts';
import { aSignalWire } from '../../support/trade-wires.ts';

const { home } = makeSecrets();
let servers: TestServers;
let pool: LedgerPool;
const cli = (...args: readonly string[]) =>
  runCli(args, { OVERMIND_HOME: home, DATABASE_URL: servers.postgresUrl });
const actions = async () => (await readAudit(pool, 1_000)).map(({ action }) => action);
/** What an attacker with the schema's own rights could do. */
const forge = async (sql: string): Promise<void> => {
  await pool.query('alter table audit disable trigger all');
  await pool.query(sql);
  await pool.query('alter table audit enable trigger all');
};

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 4);
  await migrate(pool);
}, 120_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('the audit', () => {
  it('holds while it is empty', async () => {
    expect(await verifyAudit(pool)).toEqual({ entries: 0, head: '0'.repeat(64) });
  });

  it('has an entry for each thing that gives or takes the right to trade', async () => {
    await openRun(pool);
    const executor = createExecutorLedger(pool);
    const take = { wallet: aWallet, holder: 'test', leaseMs: 60_000, halt: undefined };
    await executor.takeEpoch({ ...take, executorEpochMin: 0, haltEpochMin: 0 });
    const { signalId } = await beginTrade(pool, 1);
    const approve = anApprover(pool);
    await approve(aSignalWire({ signalId }));
    const refused = await beginTrade(pool, 2, 'SOL-USDC');
    await approve(aSignalWire({ signalId: refused.signalId }));
    await recordPause(pool, 'all', 'lunch');
    await endPause(pool, 'all');
    await recordLimits(pool, { exposureMax: '2000' });
    await recordLimits(pool, { exposureMax: '2000' });
    await recordLimits(pool, { exposureMax: '3000' });
    await executor.recordHalt({ stopId: 's1', reason: 'a test', haltEpoch: 0 });
    await executor.recordHalt({ stopId: 's1', reason: 'a test', haltEpoch: 0 });
    expect(await actions()).toEqual([
      'wallet key in use',
      'wallet key in use',
      'permit approved',
      'signal refused',
      'paused',
      'pause ended',
      'limits changed',
      'limits changed',
      'halted',
    ]);
    const [, , approved] = await readAudit(pool, 9);
    expect(approved?.actor).toBe('overmind-test');
    expect(JSON.parse(approved?.subject ?? '')).toMatchObject({ permit: `${signalId}/entry/1` });
    expect(await verifyAudit(pool)).toMatchObject({ entries: 9 });
  });

  it('stays in one chain when many write at once', async () => {
    const before = (await verifyAudit(pool)).entries;
    const scopes = Array.from({ length: 40 }, (_, at) => `M${at}-USDC`);
    await Promise.all(scopes.map((scope) => recordPause(pool, scope, 'many')));
    const proof = await verifyAudit(pool);
    expect(proof).toEqual({ entries: before + 40, head: proof.head });
  });

  it.each([
    ['changed', `update audit set subject = '{}' where seq = 3`],
    ['deleted', 'delete from audit where seq = 3'],
    ['emptied', 'truncate audit'],
  ])('cannot be %s', async (_what, sql) => {
    await expect(pool.query(sql)).rejects.toThrow('the audit is only ever added to');
  });

  it('is written with what it tells, or not at all', async () => {
    const before = (await verifyAudit(pool)).entries;
    const client = await pool.connect();
    await client.query('begin');
    await client.query(`insert into reduce_only (scope, reason) values ('X-USDC', 'rolled back')`);
    await client.query('rollback');
    client.release();
    expect((await verifyAudit(pool)).entries).toBe(before);
  });

  it('is verified from the command line, and an operator is in it', async () => {
    const added = await cli('operator', 'add', 'carol', '--json');
    expect(added.json()).toMatchObject({ operator: 'carol', audited: true });
    const listed = await cli('audit', 'list', '--limit', '1');
    expect(listed.stdout).toMatch(/overmind-cli +operator added .*carol/);
    const verified = await cli('audit', 'verify', '--json');
    expect(verified.json()).toMatchObject({ holds: true, entries: 50 });
    expect(verified.code).toBe(0);
    const odd = await cli('audit', 'verify', '--expect', 'abc');
    expect(odd.code).toBe(2);
  });
});

describe('an audit that somebody with every right has changed', () => {
  it('no longer holds where it was rewritten with new hashes, if a head was noted', async () => {
    const { head } = await verifyAudit(pool);
    expect(await verifyAudit(pool, head)).toMatchObject({ hasExpected: true });
    await forge(`
      do $$ declare one audit; last text := repeat('0', 64); begin
        for one in select * from audit order by seq loop
          update audit set previous_hash = last,
            subject = case when seq = 3 then '{"permit":"forged"}' else subject end
            where seq = one.seq;
          update audit set hash = encode(sha256(convert_to(concat_ws(E'\\n', previous_hash, seq,
            at_ms, actor, action, subject), 'UTF8')), 'hex')
            where seq = one.seq returning hash into last;
        end loop;
        update audit_head set hash = last;
      end $$`);
    expect(await verifyAudit(pool)).not.toHaveProperty('fault');
    expect(await verifyAudit(pool, head)).toMatchObject({ hasExpected: false });
    const { code, stdout } = await cli('audit', 'verify', '--expect', head);
    expect(stdout).toMatch(/^REWRITTEN/);
    expect(code).toBe(1);
  });

  it.each([
    [
      'an entry',
      `update audit set subject = '{}' where seq = 5`,
      { seq: 5, what: 'it was changed' },
    ],
    [
      'a time',
      'update audit set at_ms = at_ms + 1 where seq = 4',
      { seq: 4, what: 'it was changed' },
    ],
    ['a link', `update audit set previous_hash = 'x' where seq = 3`, { seq: 3, what: /follow/ }],
    ['by leaving one out', 'delete from audit where seq = 2', { seq: 3, what: /entry 2 is gone/ }],
    ['by beginning later', 'delete from audit where seq = 1', { seq: 3, what: /entry 1 is gone/ }],
  ])('names the first that does not hold: %s', async (_what, sql, { seq, what }) => {
    await forge(sql);
    const { fault } = await verifyAudit(pool);
    expect(fault).toMatchObject({ seq });
    expect(fault?.what).toMatch(what);
  });

  it('misses what was cut off at its end', async () => {
    await pool.query('create table kept as select * from audit where seq > 5');
    await forge('delete from audit');
    expect(await verifyAudit(pool)).toMatchObject({ entries: 0, fault: { seq: 1 } });
    const { code, stdout } = await cli('audit', 'verify');
    expect(stdout).toMatch(/^BROKEN at entry 1: it is gone/);
    expect(code).toBe(1);
  });
});
