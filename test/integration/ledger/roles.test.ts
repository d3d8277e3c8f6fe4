import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdviceRecords } from '../../../adapters/ledger/advice-records.ts';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { createExecutorLedger } from '../../../adapters/ledger/executor-epoch.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { readTotals } from '../../../adapters/ledger/read-totals.ts';
import { recordHalt } from '../../../adapters/ledger/record-halt.ts';
import { recordResume } from '../../../adapters/ledger/record-resume.ts';
import { endPause, recordPause } from '../../../adapters/ledger/reduce-only.ts';
import { readActiveTokens } from '../../../adapters/ledger/service-tokens.ts';
import { findTrades } from '../../../adapters/ledger/trade-list.ts';
import { grantRoles, LEDGER_ROLES, type LedgerRole } from '../../../adapters/ledger/roles.ts';
import { makeLedgerRoles } from '../../../workers/dev/servers/ledger-roles.ts';
import { aSilence } from '../../support/consultations.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';
import { anApprover, aWallet, beginTrade, openRun } from '../../support/settling.ts';
import { aSignalWire } from '../../support/trade-wires.ts';
import { UNSEALED } from '../../support/unsealed.ts';

let servers: TestServers;
let owner: LedgerPool;
const pools = new Map<LedgerRole, LedgerPool>();
const as = (role: LedgerRole): LedgerPool => {
  const pool = pools.get(role);
  if (!pool) throw new Error(`no pool of ${role}`);
  return pool;
};
const DENIED = /permission denied|must be owner/;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  owner = createPool(servers.postgresUrl, 'owner', 2);
  await migrate(owner);
  expect(await grantRoles(owner)).toBe(true);
  expect(await grantRoles(owner)).toBe(true);
  for (const role of LEDGER_ROLES) {
    pools.set(role, createPool(servers.postgresUrlOf(role), role, 2));
  }
  await openRun(owner);
}, 120_000);

afterAll(async () => {
  await Promise.all([owner, ...pools.values()].map((pool) => pool.end()));
  await servers?.stop();
});

describe('a role of the ledger', () => {
  it.each(LEDGER_ROLES)('is what %s is, and nothing more', async (role) => {
    const { rows } = await as(role).query(
      'select current_user, rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user',
    );
    expect(rows).toEqual([
      {
        current_user: `overmind_${role}`,
        ...{ rolsuper: false, rolcreaterole: false, rolcreatedb: false },
      },
    ]);
  });

  it('lets each do its work', async () => {
    const executor = createExecutorLedger(as('executor'));
    const take = { wallet: aWallet, holder: 'test', leaseMs: 60_000, halt: undefined };
    await executor.takeEpoch({ ...take, executorEpochMin: 1, haltEpochMin: 0 });
    const { signalId } = await beginTrade(as('trading'), 1);
    // Of the epoch before: refused, which is written down all the same.
    const verdict = await anApprover(as('trading'))(aSignalWire({ signalId }));
    expect(verdict).toMatchObject({ approved: expect.any(Boolean) });
    const aside = { signalId, consultation: aSilence(), vetoUntilMs: undefined };
    await createAdviceRecords(as('brain'), UNSEALED).recordAside(aside);
    expect(await readTotals(as('api'), 'r1')).toMatchObject({ openPositions: 0 });
    const request = { haltEpoch: 1, reconciliationId: 1, reconciliationHash: 'h', configHash: 'c' };
    expect(
      await recordResume(as('executor'), { ...request, reason: 'a test', signatures: [] }),
    ).toBe('Postgres is not halted');
    await recordPause(as('api'), 'all', 'a test');
    expect(await endPause(as('api'), 'all')).toBe(true);
    expect(await readActiveTokens(as('api'))).toEqual([]);
    expect(await findTrades(as('api'), signalId, 2)).toMatchObject([{ signalId }]);
    const stop = { stopId: 'api-1', reason: 'a test', haltEpoch: 0 };
    expect(await recordHalt(as('api'), stop)).toEqual({ haltEpoch: 1, halted: true });
  });

  it.each<readonly [LedgerRole, string]>([
    ['executor', 'select * from ledger_entries'],
    ['executor', 'select * from trades'],
    ['executor', 'select p, m from permits'],
    ['executor', 'select signal from permits'],
    ['executor', `update permits set status = 'landed'`],
    ['executor', 'select * from positions'],
    ['executor', 'select * from market_states'],
    ['ingest', 'select p, m from permits'],
    ['ingest', `update permits set status = 'landed'`],
    ['ingest', 'update positions set quantity = 0'],
    ['ingest', `update runs set state = 'ended'`],
    ['ingest', 'select * from ledger_entries'],
    ['brain', `update trades set stage = 'closed'`],
    ['brain', `update trades set decision_inputs = '{}'`],
    ['brain', 'select * from permits'],
    ['brain', 'update control set halted = false'],
    ['brain', 'delete from revoked_memories'],
    ['api', `insert into permits (permit_id) values ('x')`],
    ['api', `update permits set status = 'landed'`],
    ['api', 'select p, m from permits'],
    ['api', 'select * from outbox'],
    ['api', 'update exposure set reserved = 0'],
    ['api', `insert into service_tokens (id, name, hash, scopes) values ('x', 'x', '', '{}')`],
    ['api', `update service_tokens set scopes = '{control}'`],
    ['trading', 'select * from service_tokens'],
    ['trading', 'update ledger_entries set amount = 0'],
    ['trading', 'delete from ledger_entries'],
    ['trading', 'delete from permits'],
    ['trading', 'insert into executor_lease values ($$w$$, 9, $$me$$, now())'],
    ['trading', 'update market_states set outcome_bps = 0'],
    ['reader', 'select p from permits'],
    ['reader', 'select m from permits'],
    ['reader', 'select hash from service_tokens'],
    ['reader', 'select p, m from outbox'],
    ['reader', 'update trades set stage = $$closed$$'],
    ['reader', 'insert into reduce_only (scope, reason) values ($$all$$, $$x$$)'],
  ])('%s may not: %s', async (role, sql) => {
    await expect(as(role).query(sql)).rejects.toThrow(DENIED);
  });

  it.each(
    LEDGER_ROLES.flatMap((role) =>
      [
        `update audit set subject = '{}'`,
        'delete from audit',
        'truncate audit',
        `insert into audit values (1, 1, 'x', 'x', '{}', 'x', 'x')`,
        'update audit_head set seq = 0',
        `select append_audit('resumed', '{}')`,
        'alter table audit disable trigger all',
        'drop table audit',
        'truncate runs cascade',
        'create table mine (id int)',
      ].map((sql) => [role, sql] as const),
    ),
  )('%s changes neither the audit nor the schema: %s', async (role, sql) => {
    await expect(as(role).query(sql)).rejects.toThrow(DENIED);
  });

  it('is not made by somebody who may not, who then says so', async () => {
    const said: string[] = [];
    const { home, postgresUrl: url } = servers;
    const roleUrl = await makeLedgerRoles({
      admin: url,
      url,
      home,
      say: (line) => said.push(line),
    });
    expect(roleUrl('api')).toBe(url);
    expect(said).toEqual([expect.stringMatching(/may not make roles/)]);
  });
});
