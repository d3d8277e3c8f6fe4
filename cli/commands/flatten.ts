import type { Command } from 'commander';
import { requirePostgres, requireSystem, type Environment } from '../find-system.ts';
import { EXIT } from '../exit-codes.ts';
import { describeFlatten, runFlatten } from '../flatten/run-flatten.ts';
import { printResult } from '../output.ts';
import { countBetween } from '../parse-count.ts';
import { parseReason } from '../stop/parse-reason.ts';

/** Exits may take several attempts, and what is in flight its blockhash's life. */
const WAIT_SECONDS = 300;
const WAIT_SECONDS_MAX = 86_400;

type FlattenOptions = {
  readonly reason: string;
  readonly waitSeconds: number;
  readonly json?: boolean;
};

export function registerFlatten(program: Command, env: Environment): void {
  program
    .command('flatten')
    .description('Stop, then close every position; needs Postgres, Temporal and the bus.')
    .option(
      '--reason <text>',
      'why, for the audit record',
      parseReason,
      'flattened by the operator',
    )
    .option(
      '--wait-seconds <count>',
      'longest wait for FLAT; it goes on without us after that',
      countBetween(1, WAIT_SECONDS_MAX),
      WAIT_SECONDS,
    )
    .option('--json', 'print the result as JSON')
    .action(({ reason, waitSeconds, json }: FlattenOptions) =>
      printResult(json, async () => {
        const system = requireSystem(env);
        requirePostgres(system);
        const report = await runFlatten(system, {
          reason,
          limitMs: waitSeconds * 1_000,
          // People see what it waits for; scripts get one object.
          say: (text) => json || console.log(text),
        });
        const exit = report.flat ? EXIT.ok : report.fenced ? EXIT.failed : EXIT.notFenced;
        return { json: report, text: describeFlatten(report), exit };
      }),
    );
}
