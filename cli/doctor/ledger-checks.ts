import { createPool, queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { missingMigrations } from '../../adapters/ledger/migrate.ts';
import { readControlState } from '../../adapters/ledger/read-control.ts';
import type { Check } from './check.ts';

const MAJOR_MIN = 15;
const CONNECTIONS_MAX = 4;
/** Leases and permits compare clocks of hosts; more apart, and a lease is not what it seems. */
const CLOCK_MS_MAX = 1_000;

const START = 'npm start starts it, or DATABASE_URL names one';

export function ledgerChecks(url: string | undefined): readonly Check[] {
  const pool = url === undefined ? undefined : createPool(url, 'doctor', CONNECTIONS_MAX);
  const on =
    (look: (pool: LedgerPool) => Promise<string>): Check['look'] =>
    async () => {
      if (!pool) throw new Error('no address is known');
      return look(pool);
    };
  return [
    { name: 'postgres', needed: true, look: on(lookAtVersion), advice: START },
    {
      name: 'schema',
      needed: true,
      look: on(lookAtSchema),
      advice: 'npm start applies what is missing',
    },
    {
      name: 'executor lease',
      needed: true,
      look: on(lookAtLease),
      advice: 'see the log of hotpath; the supervisor starts it again',
    },
    {
      name: 'clock',
      needed: true,
      look: on(lookAtClock),
      advice: 'synchronise the clocks of this host and of Postgres (NTP)',
    },
  ];
}

async function lookAtVersion(pool: LedgerPool): Promise<string> {
  const [row] = await queryRows<{ server_version: string }>(pool, 'read version', {
    text: 'show server_version',
  });
  const version = row?.server_version ?? 'unknown';
  if (Number.parseInt(version, 10) >= MAJOR_MIN) return version;
  throw new Error(`${version}, wants ${MAJOR_MIN} or later`);
}

async function lookAtSchema(pool: LedgerPool): Promise<string> {
  const missing = await missingMigrations(pool);
  if (missing.length > 0) throw new Error(`not applied: ${missing.join(', ')}`);
  return 'up to date';
}

async function lookAtLease(pool: LedgerPool): Promise<string> {
  const { leases, halted, haltEpoch } = await readControlState(pool);
  const live = leases.filter(({ endsInMs }) => endsInMs > 0);
  if (live.length === 0) throw new Error('no executor holds a lease');
  const held = live.map(({ executorEpoch, endsInMs }) => `epoch ${executorEpoch}, ${endsInMs} ms`);
  return `${held.join('; ')}${halted ? `; HALTED at epoch ${haltEpoch}` : ''}`;
}

async function lookAtClock(pool: LedgerPool): Promise<string> {
  const before = Date.now();
  const [row] = await queryRows<{ now_ms: string }>(pool, 'read clock', {
    text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms',
  });
  const after = Date.now();
  // Read somewhere between the two: only what lies outside them is certain to be a difference.
  const theirs = Number(row?.now_ms);
  const apartMs = Math.max(0, before - theirs, theirs - after);
  const shown = `${apartMs} ms from Postgres`;
  if (!(apartMs <= CLOCK_MS_MAX)) throw new Error(`${shown}, wants at most ${CLOCK_MS_MAX}`);
  return shown;
}
