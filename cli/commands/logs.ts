import { join } from 'node:path';
import type { Command } from 'commander';
import { OvermindError } from '../../domain/shared/errors.ts';
import { signalIdOfWorkflow } from '../../temporal/ids.ts';
import { findSystem, type Environment } from '../find-system.ts';
import { describeLogLines } from '../logs/describe-log-lines.ts';
import { readLogLines } from '../logs/read-log-lines.ts';
import { printResult } from '../output.ts';
import { findOneTrade } from '../trades/whole-trade.ts';
import { linkerOf } from '../web-ui-links.ts';
import { withLedger } from '../with-ledger.ts';

export function registerLogs(program: Command, env: Environment): void {
  program
    .command('logs')
    .description('What every process wrote of one trade, in order.')
    .argument('<trade>', 'its id, or a beginning or an ending that no other trade has')
    .option('--json', 'print the result as JSON')
    .action((asked: string, { json }: { readonly json?: boolean }) =>
      printResult(json, async () => {
        const signalId = await wholeId(env, asked);
        const system = findSystem(env);
        const lines = await readLogLines(join(system.config.home, 'logs'), signalId);
        const text = describeLogLines(signalId, lines, linkerOf(system));
        return { json: { signalId, lines }, text };
      }),
    );
}

/** Logs are most wanted when something is down: without the ledger the id is taken as it is. */
async function wholeId(env: Environment, asked: string): Promise<string> {
  try {
    const { signalId } = await withLedger(env, (pool) => findOneTrade(pool, asked));
    return signalId;
  } catch (error) {
    const isAway = error instanceof OvermindError && error.code.endsWith('unreachable');
    if (isAway) return signalIdOfWorkflow(asked) ?? asked;
    throw error;
  }
}
