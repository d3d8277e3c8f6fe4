import type { Command } from 'commander';
import { requirePostgres, requireSystem, type Environment } from '../find-system.ts';
import { printResult } from '../output.ts';
import { runResume } from '../resume/run-resume.ts';
import { parseReason } from '../stop/parse-reason.ts';

type ResumeOptions = {
  readonly as: readonly string[];
  readonly reason: string;
  readonly json?: boolean;
};

export function registerResume(program: Command, env: Environment): void {
  program
    .command('resume')
    .description('Lift the halt: two operators, nothing in flight, ledger and chain agree.')
    .requiredOption(
      '--as <name[=key-file]>',
      'an operator who agrees; given twice, for two of them',
      (one: string, others: readonly string[] | undefined) => [...(others ?? []), one],
    )
    .requiredOption('--reason <text>', 'why it is safe to go on; it is signed', parseReason)
    .option('--json', 'print the result as JSON')
    .action(({ as, reason, json }: ResumeOptions) =>
      printResult(json, async () => {
        const system = requireSystem(env);
        requirePostgres(system);
        const { haltEpoch } = await runResume(system, { operators: as, reason });
        const text = `RESUMED under halt epoch ${haltEpoch}. What was approved before stays dead.`;
        return { json: { resumed: true, haltEpoch }, text };
      }),
    );
}
