import { createPool, queryRows, type LedgerPool } from '../../adapters/ledger/connect.ts';
import { readOperators } from '../../adapters/secrets/operator-files.ts';
import type { Config } from '../../config/config.ts';
import { operatorsFolder } from '../../config/operators.ts';
import type { Check } from './check.ts';

/** A month shows more than one kind of market; fewer trades say nothing of an edge. */
const TRADED_DAYS_MIN = 30;
const TRADES_MIN = 200;
/** Two sources that fail together are one. */
const ORIGINS_MIN = 2;
const OPERATORS_MIN = 2;
const CONNECTIONS_MAX = 2;

const NOT_BUILT = 'this version trades on paper only, and refuses to start otherwise';

/**
 * From paper to shadow to live, in the order in which it is to be done. What is not built says so:
 * no list that can be ticked off today ends in live trading.
 */
export function liveChecks(config: Config): readonly Check[] {
  const { postgres } = config.addresses;
  const pool = postgres === undefined ? undefined : createPool(postgres, 'doctor', CONNECTIONS_MAX);
  const inLedger =
    (look: (ledger: LedgerPool) => Promise<string>): Check['look'] =>
    async () => {
      if (!pool) throw new Error('no ledger is known');
      return look(pool);
    };
  const needed = true;
  return [
    {
      ...{ name: 'paper: traded', needed, look: inLedger(lookAtTrades) },
      advice: `let it trade for ${TRADED_DAYS_MIN} days of market time and ${TRADES_MIN} closed trades`,
    },
    {
      ...{ name: 'paper: earns', needed, look: inLedger(lookAtResult) },
      advice:
        'npm run edge over your recordings; without an edge after costs there is no next step',
    },
    {
      ...{ name: 'paper: agrees', needed, look: inLedger(lookAtBooks) },
      advice: 'find every difference between ledger and chain first: docs/runbook.md',
    },
    {
      ...{ name: 'gate', needed, look: () => lookAtGate(config) },
      advice: 'OVERMIND_EV_GATE=enforce: no exploring trade with real money',
    },
    {
      ...{ name: 'people', needed, look: () => lookAtPeople(config) },
      advice: 'overmind operator add NAME for two people, each with a key of their own',
    },
    {
      ...{ name: 'large entries', needed, look: () => lookAtApproval(config) },
      advice: 'OVERMIND_APPROVAL_USD_MIN: above it a person says yes (docs/approval.md)',
    },
    {
      ...{ name: 'alerts', needed, look: () => lookAtAlerts(config) },
      advice: 'OVERMIND_ALERT_…: somebody must hear of a halt (docs/alerts.md)',
    },
    {
      ...{ name: 'RPC origins', needed, look: () => lookAtOrigins(config) },
      advice: 'OVERMIND_RPC_URLS with two providers of their own',
    },
    { name: 'live feed', needed, look: notBuilt, advice: NOT_BUILT },
    { name: 'shadow', needed, look: notBuilt, advice: NOT_BUILT },
    { name: 'live', needed, look: notBuilt, advice: NOT_BUILT },
  ];
}

function notBuilt(): never {
  throw new Error('not built yet');
}

async function lookAtTrades(pool: LedgerPool): Promise<string> {
  const [row] = await queryRows<{ n: string; days: string }>(pool, 'count trades', {
    text: `select count(*) as n, count(distinct t.run_id || (t.market_time_ms / 86400000)) as days
      from outcomes o join trades t using (signal_id)`,
  });
  const [trades, days] = [Number(row?.n), Number(row?.days)];
  const found = `${trades} closed trades on ${days} days of market time`;
  if (trades >= TRADES_MIN && days >= TRADED_DAYS_MIN) return found;
  throw new Error(`${found}, wants ${TRADES_MIN} on ${TRADED_DAYS_MIN}`);
}

/** Of trades that the gate let through: exploring ones are made at a loss on purpose. */
async function lookAtResult(pool: LedgerPool): Promise<string> {
  const [row] = await queryRows<{ n: string; mean: number | null; sd: number | null }>(
    pool,
    'read results',
    {
      text: `select count(*) as n, avg(return_bps) as mean, stddev_samp(return_bps) as sd
        from outcomes where not exploring`,
    },
  );
  const n = Number(row?.n);
  const [mean, sd] = [row?.mean ?? 0, row?.sd ?? 0];
  // Of a normal mean: below it, nothing is shown.
  const least = mean - 1.96 * (sd / Math.sqrt(Math.max(1, n)));
  const found = `${n} trades that were no exploring ones, ${mean.toFixed(1)} bps each`;
  if (n >= TRADES_MIN && least > 0) return `${found}, at least ${least.toFixed(1)} (95 %)`;
  throw new Error(`${found}: not shown to be above 0`);
}

async function lookAtBooks(pool: LedgerPool): Promise<string> {
  const [row] = await queryRows<{ n: string; wrong: string }>(pool, 'read reconciliations', {
    text: `select count(*) as n, count(*) filter (where differences <> '[]'::jsonb) as wrong
      from reconciliations`,
  });
  const [all, wrong] = [Number(row?.n), Number(row?.wrong)];
  if (all > 0 && wrong === 0) return `${all} comparisons, no difference`;
  throw new Error(`${all} comparisons, ${wrong} with differences`);
}

function lookAtGate({ evGate }: Config): string {
  if (evGate === 'enforce') return 'enforced';
  throw new Error(`${evGate}: trades of negative expected value are made`);
}

function lookAtPeople(config: Config): string {
  const names = [...readOperators(operatorsFolder(config)).keys()];
  // Those that paper makes hold their keys beside one another.
  const people = names.filter((name) => !name.startsWith('paper-'));
  if (people.length >= OPERATORS_MIN) return people.join(', ');
  throw new Error(`${people.length} operators beside paper's own`);
}

function lookAtApproval({ approval }: Config): string {
  if (approval.notionalMin === undefined) throw new Error('no entry waits for a person');
  return 'entries of a size wait for a person';
}

function lookAtAlerts({ alerts }: Config): string {
  const told = Object.entries(alerts).filter(([, to]) => to !== undefined);
  if (told.length === 0) throw new Error('nobody is told');
  return told.map(([by]) => by).join(', ');
}

function lookAtOrigins({ addresses }: Config): string {
  const hosts = new Set((addresses.rpc ?? []).map((url) => new URL(url).hostname));
  if (hosts.size >= ORIGINS_MIN) return `${hosts.size} hosts`;
  throw new Error(`${hosts.size} ${hosts.size === 1 ? 'host' : 'hosts'}`);
}
