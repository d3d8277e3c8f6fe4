import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { requireSystem, type Environment, type System } from '../find-system.ts';
import { EXIT } from '../exit-codes.ts';
import { printResult } from '../output.ts';
import { countBetween } from '../parse-count.ts';
import { awaitQuiet, describeQuiet, type QuietReport } from '../stop/await-quiet.ts';
import { openRoads } from '../stop/open-roads.ts';
import { parseReason } from '../stop/parse-reason.ts';
import { quietSources } from '../stop/quiet-sources.ts';
import { describeStop, runStop } from '../stop/run-stop.ts';

/** A blockhash's life and finality, at slots of 400 ms, and some more. */
const WAIT_SECONDS = 120;
const WAIT_SECONDS_MAX = 3_600;

type StopOptions = {
  readonly reason: string;
  /** False with `--no-wait`. */
  readonly wait: boolean;
  readonly waitSeconds: number;
  readonly json?: boolean;
};

export function registerStop(program: Command, env: Environment): void {
  program
    .command('stop')
    .description('Sign nothing new from now on. Open positions stay open.')
    // Not required: in an emergency nobody should have to find words first.
    .option('--reason <text>', 'why, for the audit record', parseReason, 'stopped by the operator')
    .option('--no-wait', 'end when it is FENCED, whatever could still land')
    .option(
      '--wait-seconds <count>',
      'longest wait for QUIESCED',
      countBetween(1, WAIT_SECONDS_MAX),
      WAIT_SECONDS,
    )
    .option('--json', 'print the result as JSON')
    .action((options: StopOptions) => printResult(options.json, () => stop(env, options)));
}

async function stop(env: Environment, { reason, wait, waitSeconds, json }: StopOptions) {
  const system = requireSystem(env);
  const roads = openRoads(system);
  const report = await runStop(roads, { stopId: `cli-${randomUUID()}`, reason });
  for (const road of roads) road.close();
  const fenced = describeStop(report);
  if (!report.fenced) return { json: report, text: fenced, exit: EXIT.notFenced };
  if (!wait) return { json: report, text: fenced };
  // People see at once that nothing new is signed.
  if (!json) console.log(fenced);
  const quiet = await untilQuiet(system, waitSeconds * 1_000);
  return { json: { ...report, ...quiet }, text: describeQuiet(quiet) };
}

async function untilQuiet(system: System, limitMs: number): Promise<QuietReport> {
  const sources = quietSources(system);
  const quiet = await awaitQuiet(sources, limitMs);
  sources.close();
  return quiet;
}
