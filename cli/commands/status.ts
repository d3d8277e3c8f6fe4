import type { Command } from 'commander';
import { OvermindError } from '../../domain/shared/errors.ts';
import { requireSystem, type Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { describeStatus } from '../status/describe-status.ts';
import { askAll } from '../status/sources.ts';
import { isAnythingHeard, statusReport } from '../status/status-report.ts';

export function registerStatus(program: Command, env: Environment): void {
  program
    .command('status')
    .description('What runs, in which state, and why.')
    .option('--json', 'print the result as JSON')
    .action(({ json }: { readonly json?: boolean }) =>
      printResult(json, async () => {
        const system = requireSystem(env);
        const answers = await askAll(system);
        if (!isAnythingHeard(answers)) {
          const looked = 'a system is named here, but none of its parts answers';
          throw new OvermindError('system/unreachable', { looked });
        }
        const report = statusReport(system, answers, Date.now());
        return { json: report, text: describeStatus(report) };
      }),
    );
}
