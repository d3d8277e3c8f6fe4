// One process of the model: `--schedules N --seed S`. The last line is JSON.
import { parseArgs } from 'node:util';
import { check, array, asyncProperty, integer } from 'fast-check';
import { runSchedule, type ScheduleCounts } from './model/schedule.ts';
import { takeTheClock } from './model/sim.ts';

const { values } = parseArgs({
  options: { schedules: { type: 'string' }, seed: { type: 'string' } },
});
const schedules = Number(values.schedules);
const seed = Number(values.seed);

const sums: Record<keyof ScheduleCounts, number> = {
  ...{ sends: 0, landings: 0, failures: 0, halts: 0, resumes: 0, failOvers: 0, permits: 0 },
};
const real = performance.now.bind(performance);
takeTheClock();
const startedMs = real();

const tape = array(integer({ min: 0, max: 0xffff }), {
  minLength: 40,
  maxLength: 260,
  size: 'max',
});
const result = await check(
  asyncProperty(tape, async (choices) => {
    const counts = await runSchedule(choices);
    for (const name of Object.keys(sums) as (keyof ScheduleCounts)[]) sums[name] += counts[name];
  }),
  { numRuns: schedules, seed, endOnFailure: process.env['MODEL_SHRINK'] === undefined },
);
const violation = result.failed
  ? {
      tape: result.counterexample?.[0],
      fault: String(result.errorInstance),
      path: result.counterexamplePath,
    }
  : undefined;
const seconds = (real() - startedMs) / 1_000;
process.stdout.write(
  `${JSON.stringify({ schedules: result.numRuns, seconds, sums, violation })}\n`,
);
process.exit(result.failed ? 1 : 0);
