import { randomUUID } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { requireSystem, type Environment } from '../find-system.ts';
import { EXIT } from '../exit-codes.ts';
import { printResult } from '../output.ts';
import { executorRoad } from '../stop/executor-road.ts';
import { postgresRoad } from '../stop/postgres-road.ts';
import type { StopRoad } from '../stop/road.ts';
import { describeStop, runStop } from '../stop/run-stop.ts';

/** What the executor's journal keeps of it. */
const REASON_LENGTH_MAX = 1_000;

type StopOptions = { readonly reason: string; readonly json?: boolean };

export function registerStop(program: Command, env: Environment): void {
  program
    .command('stop')
    .description('Sign nothing new from now on. Open positions stay open.')
    // Not required: in an emergency nobody should have to find words first.
    .option('--reason <text>', 'why, for the audit record', parseReason, 'stopped by the operator')
    .option('--json', 'print the result as JSON')
    .action(({ reason, json }: StopOptions) =>
      printResult(json, async () => {
        const roads = openRoads(env);
        const report = await runStop(roads, { stopId: `cli-${randomUUID()}`, reason });
        for (const road of roads) road.close();
        const exit = report.fenced ? EXIT.ok : EXIT.notFenced;
        return { json: report, text: describeStop(report), exit };
      }),
    );
}

function openRoads(env: Environment): readonly StopRoad[] {
  const { config } = requireSystem(env);
  const { postgres } = config.addresses;
  const { executorSocket } = config.files;
  return [
    executorRoad(executorSocket),
    ...(postgres === undefined ? [] : [postgresRoad(postgres)]),
  ];
}

function parseReason(text: string): string {
  const reason = text.trim();
  if (reason === '' || reason.length > REASON_LENGTH_MAX) {
    throw new InvalidArgumentError(
      `Got ${text.length} characters, expected 1 to ${REASON_LENGTH_MAX}.`,
    );
  }
  return reason;
}
