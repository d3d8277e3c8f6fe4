import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type LedgerPool } from '../../../adapters/ledger/connect.ts';
import { migrate } from '../../../adapters/ledger/migrate.ts';
import { readControlState } from '../../../adapters/ledger/read-control.ts';
import { runCli } from '../../support/cli.ts';
import { startTestServers, type TestServers } from '../../support/servers.ts';

let servers: TestServers;
let pool: LedgerPool;

beforeAll(async () => {
  servers = await startTestServers({ postgres: true });
  pool = createPool(servers.postgresUrl, 'test', 2);
  await migrate(pool);
}, 60_000);

afterAll(async () => {
  await pool?.end();
  await servers?.stop();
});

const cli = (...args: readonly string[]) =>
  runCli(args, {
    OVERMIND_HOME: servers.home,
    DATABASE_URL: servers.postgresUrl,
    TEMPORAL_ADDRESS: '127.0.0.1:1', // Nobody is there: nothing here may come that far.
  });

/** What a command could have changed. */
async function readState() {
  const { rows } = await pool.query(
    'select (select count(*) from halts) as halts, (select count(*) from service_tokens) as tokens',
  );
  const { halted, haltEpoch, reduceOnly } = await readControlState(pool);
  return { halted, haltEpoch, reduceOnly, counts: rows };
}

describe('bad input on the command line', () => {
  it.each<[string, number, readonly string[]]>([
    ['an empty reason', 2, ['stop', '--reason', ' ']],
    ['CRLF in a reason', 2, ['stop', '--reason', 'a\r\nb']],
    ['a right-to-left mark', 2, ['reduce-only', 'on', '--reason', 'safe \u202e efas']],
    ['a reason of 1,001', 2, ['reduce-only', 'on', '--reason', 'x'.repeat(1_001)]],
    ['a market that is none', 1, ['reduce-only', 'on', '--market', "x'; drop table trades; --"]],
    ['SQL in an id', 1, ['trade', "x'; drop table trades; --"]],
    ['a path for an operator', 2, ['approve', 'x', '--as', '../bob']],
    ['a trade that is none', 1, ['reject', 'nosuchtrade', '--as', 'alice']],
    ['an unknown scope', 2, ['token', 'create', '--name', 'x', '--scope', 'risk,root']],
    ['a path for a name', 2, ['token', 'create', '--name', '../x', '--scope', 'risk']],
    ['a count in hex', 2, ['stop', '--wait-seconds', '0x10']],
    ['a count that is none', 2, ['trades', '--limit', 'NaN']],
  ])('%s ends with %i and changes nothing', async (_what, code, args) => {
    const before = await readState();
    const { code: ended, stdout, stderr } = await cli(...args);
    expect([ended, stdout]).toEqual([code, '']);
    expect(stderr).not.toMatch(/ at .*:\d+:\d+/); // A sentence, not a stack.
    expect(await readState()).toEqual(before);
  });
});
