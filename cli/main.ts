import { Command, CommanderError } from 'commander';
import { requireTls } from '../adapters/secrets/require-tls.ts';
import { withEnvFile } from '../config/env-file.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { commandEndOf } from './command-end.ts';
import { registerAudit } from './commands/audit.ts';
import { registerApprove } from './commands/approve.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerFlatten } from './commands/flatten.ts';
import { registerLinks } from './commands/links.ts';
import { registerLogs } from './commands/logs.ts';
import { registerMemory } from './commands/memory.ts';
import { registerOperator } from './commands/operator.ts';
import { registerPositions } from './commands/positions.ts';
import { registerRedecide } from './commands/redecide.ts';
import { registerReduceOnly } from './commands/reduce-only.ts';
import { registerReject } from './commands/reject.ts';
import { registerResume } from './commands/resume.ts';
import { registerStatement } from './commands/statement.ts';
import { registerStatus } from './commands/status.ts';
import { registerStop } from './commands/stop.ts';
import { registerToken } from './commands/token.ts';
import { registerTrade } from './commands/trade.ts';
import { registerTrades } from './commands/trades.ts';
import { EXIT } from './exit-codes.ts';

/** A connection that hangs must not keep a finished command from ending. */
const LINGER_MS_MAX = 200;

const program = new Command('overmind')
  .description('Looks at a running Overmind system, stops it, and lets it go on.')
  .version(packageJson.version)
  .showHelpAfterError('(overmind --help lists commands and options)')
  // Commander would end the process with 1; scripts tell bad usage from a failure.
  .exitOverride();

const COMMANDS = [
  registerStatus,
  registerTrades,
  registerTrade,
  registerLogs,
  registerLinks,
  registerPositions,
  registerStatement,
  registerStop,
  registerFlatten,
  registerResume,
  registerReduceOnly,
  registerApprove,
  registerReject,
  registerToken,
  registerMemory,
  registerRedecide,
  registerOperator,
  registerAudit,
  registerDoctor,
];
const env = withEnvFile(process.env, process.cwd());
for (const register of COMMANDS) register(program, env);

try {
  requireTls(env);
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof OvermindError) {
    const { message, exit } = commandEndOf(error);
    console.error(message);
    process.exitCode = exit;
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.badUsage;
  } else throw error;
}
setTimeout(() => process.exit(), LINGER_MS_MAX).unref();
