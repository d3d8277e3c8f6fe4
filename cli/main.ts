import { Command, CommanderError } from 'commander';
import { requireTls } from '../adapters/secrets/require-tls.ts';
import { withEnvFile } from '../config/env-file.ts';
import { OvermindError } from '../domain/shared/errors.ts';
import packageJson from '../package.json' with { type: 'json' };
import { commandEndOf } from './command-end.ts';
import { EXIT } from './exit-codes.ts';

/** A connection that hangs must not keep a finished command from ending. */
const LINGER_MS_MAX = 200;

const program = new Command('overmind')
  .description('Looks at a running Overmind system, stops it, and lets it go on.')
  .version(packageJson.version)
  .showHelpAfterError('(overmind --help lists commands and options)')
  // Commander would end the process with 1; scripts tell bad usage from a failure.
  .exitOverride();

/** In the order of the help. Each loads what it needs itself: nothing else may make `stop` wait. */
const COMMANDS = {
  status: async () => (await import('./commands/status.ts')).registerStatus,
  trades: async () => (await import('./commands/trades.ts')).registerTrades,
  trade: async () => (await import('./commands/trade.ts')).registerTrade,
  logs: async () => (await import('./commands/logs.ts')).registerLogs,
  links: async () => (await import('./commands/links.ts')).registerLinks,
  positions: async () => (await import('./commands/positions.ts')).registerPositions,
  statement: async () => (await import('./commands/statement.ts')).registerStatement,
  stop: async () => (await import('./commands/stop.ts')).registerStop,
  flatten: async () => (await import('./commands/flatten.ts')).registerFlatten,
  resume: async () => (await import('./commands/resume.ts')).registerResume,
  'reduce-only': async () => (await import('./commands/reduce-only.ts')).registerReduceOnly,
  approve: async () => (await import('./commands/approve.ts')).registerApprove,
  reject: async () => (await import('./commands/reject.ts')).registerReject,
  token: async () => (await import('./commands/token.ts')).registerToken,
  memory: async () => (await import('./commands/memory.ts')).registerMemory,
  redecide: async () => (await import('./commands/redecide.ts')).registerRedecide,
  operator: async () => (await import('./commands/operator.ts')).registerOperator,
  audit: async () => (await import('./commands/audit.ts')).registerAudit,
  doctor: async () => (await import('./commands/doctor.ts')).registerDoctor,
} as const;

const isCommand = (word: string | undefined): word is keyof typeof COMMANDS =>
  word !== undefined && Object.hasOwn(COMMANDS, word);

const [, , asked] = process.argv;
const loads = isCommand(asked) ? [COMMANDS[asked]] : Object.values(COMMANDS);
const env = withEnvFile(process.env, process.cwd());
for (const load of loads) (await load())(program, env);

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
