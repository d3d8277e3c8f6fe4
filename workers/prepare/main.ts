import { dirname } from 'node:path';
import { createPool } from '../../adapters/ledger/connect.ts';
import { migrate } from '../../adapters/ledger/migrate.ts';
import { grantRoles } from '../../adapters/ledger/roles.ts';
import { requireTls } from '../../adapters/secrets/require-tls.ts';
import { loadConfig, type Config } from '../../config/config.ts';
import { required } from '../../config/required.ts';
import { prepareNamespace } from '../../temporal/namespace.ts';
import { describeFault } from '../dev/describe-fault.ts';
import { parseOptions, UsageError, type StartOptions } from '../dev/options.ts';
import { createProgress } from '../dev/progress.ts';
import { prepareForProcesses } from './prepare-run.ts';

const USAGE = `prepare schema | namespace | run [--feed … as npm start takes them]

schema     applies to Postgres what it lacks
namespace  registers Temporal's namespace and its search attributes
run        keys, paper money, pools, and the run that the processes work on`;

const progress = createProgress((line) => console.log(line));

/** One step of setting up, where no supervisor does it: a container that ends when it is done. */
async function main([step = '', ...args]: readonly string[]): Promise<void> {
  requireTls(process.env);
  const config = loadConfig(process.env);
  switch (step) {
    case 'schema':
      return prepareSchema(config);
    case 'namespace':
      return progress.during('namespace', () =>
        prepareNamespace(required(config.addresses.temporal, 'TEMPORAL_ADDRESS')),
      );
    case 'run': {
      const folder = dirname(config.files.executorSocket);
      return prepareForProcesses({ config, options: runOptions(args), folder, progress });
    }
    default:
      throw new UsageError(USAGE, 2);
  }
}

async function prepareSchema({ addresses }: Config): Promise<void> {
  const pool = createPool(required(addresses.postgres, 'DATABASE_URL'), 'prepare', 1);
  try {
    const applied = await migrate(pool);
    progress.say(applied.length === 0 ? 'schema: up to date' : `schema: ${applied.join(', ')}`);
    const isApart = await grantRoles(pool);
    progress.say(isApart ? 'roles: each process has its own' : 'roles: there are none');
  } finally {
    await pool.end();
  }
}

/** What would need the supervisor, or the end of the feed, is none of this one's. */
function runOptions(args: readonly string[]): StartOptions {
  const options = parseOptions(args);
  const foreign = (['fresh', 'exit', 'headless'] as const).filter((name) => options[name]);
  if (foreign.length > 0) {
    throw new UsageError(`--${foreign.join(', --')}: only npm start can do that`, 2);
  }
  return options;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? error.message : describeFault(error));
  process.exitCode = error instanceof UsageError ? error.exitCode : 1;
}
progress.stop();
