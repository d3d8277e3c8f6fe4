import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { findSystem, type Environment } from '../find-system.ts';
import { printResult } from '../output.ts';

export function registerDoctor(program: Command, env: Environment): void {
  program
    .command('doctor')
    .description('Looks at everything the system needs, and says what to do.')
    .option('--live', 'the way from paper to live instead: what is done, and what is not')
    .option('--json', 'print the result as JSON')
    .action(({ json, live }: { readonly json?: boolean; readonly live?: boolean }) =>
      printResult(json, async () => {
        // Temporal's client takes long to load, and `stop` must not wait for it.
        const { describeDiagnosis, diagnose } = await import('../doctor/check.ts');
        const { composeHostCheck } = await import('../doctor/compose-host.ts');
        const { hostChecks } = await import('../doctor/host-checks.ts');
        const { ledgerChecks } = await import('../doctor/ledger-checks.ts');
        const { serverChecks } = await import('../doctor/server-checks.ts');
        const { liveChecks } = await import('../doctor/live-checks.ts');
        const { config } = findSystem(env);
        const wanted = live
          ? liveChecks(config)
          : [
              ...hostChecks(config, env),
              composeHostCheck(process.cwd(), env),
              ...ledgerChecks(config.addresses.postgres),
              ...serverChecks(config),
            ];
        const diagnosis = await diagnose(wanted);
        const exit = diagnosis.ok ? EXIT.ok : EXIT.failed;
        return { json: diagnosis, text: describeDiagnosis(diagnosis), exit };
      }),
    );
}
