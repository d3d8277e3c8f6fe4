// `npm run test:protocol`: the permit protocol's own code, driven through schedules of faults, and
// each of its guards taken away to see that somebody misses it.
//   npm run test:protocol -- [--schedules 50000] [--seed N] [--mutants none|all] [--write]
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MUTANTS_AROUND } from './mutants-around.ts';
import { EXECUTOR_MUTANTS, type Mutant } from './mutants.ts';
import { copySources } from './mutate.ts';
import { failsTest, runModel, type ModelRun } from './run-child.ts';
import { writeTables, type Killed } from './write-tables.ts';

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '50000' },
    /** One seed is always the same; the other is new each time unless given. */
    seed: { type: 'string' },
    mutants: { type: 'string', default: 'all' },
    write: { type: 'boolean', default: false },
  },
});
const schedules = Number(values.schedules);
if (!Number.isSafeInteger(schedules) || schedules < 1) {
  console.error(`--schedules ${values.schedules}: wants a whole number above 0`);
  process.exit(2);
}
const MUTANTS = [...EXECUTOR_MUTANTS, ...MUTANTS_AROUND];
const FIXED_SEED = 20_261_126;
const freshSeed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
/** A process forgets what the JIT and the heap have gathered, so long runs go in pieces. */
const PIECE = 5_000;
/** Most mutants die within a hundred; the rarest fault needs far more. */
const SCHEDULES_A_MUTANT = 12_000;
const atOnce = Math.max(1, Math.min(4, availableParallelism()));

const pieces = Math.ceil(schedules / PIECE);
const runs = await inTurns(
  Array.from({ length: pieces }, (_, piece) => async (): Promise<ModelRun> => {
    const base = piece % 2 === 0 ? FIXED_SEED : freshSeed;
    const wanted = Math.min(PIECE, schedules - piece * PIECE);
    return runModel('.', { schedules: wanted, seed: base + piece });
  }),
);
const sum = (of: (run: ModelRun) => number): number =>
  runs.reduce((total, run) => total + of(run), 0);
const done = sum((run) => run.schedules);
const counts = {
  permits: sum(({ sums }) => sums.permits),
  landings: sum(({ sums }) => sums.landings),
  halts: sum(({ sums }) => sums.halts),
  resumes: sum(({ sums }) => sums.resumes),
  failOvers: sum(({ sums }) => sums.failOvers),
};
console.log(`seeds ${FIXED_SEED} and ${freshSeed}: ${JSON.stringify(counts)}`);
const violations = runs.filter(({ violation }) => violation !== undefined);
for (const { violation } of violations) {
  console.error(`VIOLATION ${violation?.fault}`);
  console.error(`  its tape: [${violation?.tape.join(',')}]`);
}
/** A model in which nothing happens breaks nothing. */
const idle = Object.entries(counts).filter(([, count]) => count < done / 50);
for (const [name, count] of idle) console.error(`too little happened: ${name} ${count}`);

const killed = values.mutants === 'none' ? [] : await killAll();
const survivors = killed.filter(({ by }) => by === undefined);
for (const { mutant } of survivors) console.error(`SURVIVED ${mutant.name} in ${mutant.file}`);
if (values.write && violations.length === 0) {
  await writeTables({ schedules: done, counts, killed });
}
const summary = `schedules ${done}, violations ${violations.length}`;
console.log(`${summary}, mutants ${killed.length - survivors.length}/${killed.length} killed`);
process.exit(violations.length + survivors.length + idle.length > 0 ? 1 : 0);

async function killAll(): Promise<readonly Killed[]> {
  const copies = Array.from({ length: atOnce }, copySources);
  const free = [...copies];
  try {
    return await inTurns(
      MUTANTS.map((mutant) => async (): Promise<Killed> => {
        const copy = free.pop();
        if (!copy) throw new Error('more mutants at once than copies');
        copy.apply(mutant);
        const by = await killerOf(copy.folder, mutant);
        copy.restore(mutant);
        free.push(copy);
        console.log(`${mutant.name.padEnd(56)} ${by ?? 'SURVIVED'}`);
        return { mutant, by };
      }),
    );
  } finally {
    for (const copy of copies) copy.remove();
  }
}

async function killerOf(folder: string, { test }: Mutant): Promise<string | undefined> {
  if (test !== undefined) return (await failsTest(folder, test)) ? test : undefined;
  const run = await runModel(folder, { schedules: SCHEDULES_A_MUTANT, seed: FIXED_SEED });
  if (!run.violation) return undefined;
  const invariant = /^\w+: (\(\d+\))?/.exec(run.violation.fault)?.[1] ?? 'the end';
  return `schedule ${run.schedules}, ${invariant}`;
}

/** As many at once as there are cores to run them. */
async function inTurns<Result>(works: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < works.length; at = next++) {
      const work = works[at];
      if (work) results[at] = await work();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
