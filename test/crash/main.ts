// `npm run test:crash`: kills every process, alone and in pairs, while the system trades on paper,
// and shows that nothing was lost and nothing doubled. With --failpoints the executor alone dies, at
// every named point of its code, some of the times with what no disk had yet.
//   npm run test:crash -- [--crashes 240] [--seed 1] [--per-run 60]
//     [--every-ms 20000] [--lies] [--write]
//   npm run test:crash -- --failpoints 120 [--seed 1] [--per-run 60] [--write]
import { parseArgs } from 'node:util';
import { crashRun, describeRow, removeHome, type CrashRow, type CrashRun } from './crash-run.ts';
import { runBatches } from './failpoints/run-batches.ts';
import { describeCrashes, writeCrashes } from './describe-crashes.ts';
import { endsOf, faultsOf, type PermitEnds } from './faults-of.ts';

const { values } = parseArgs({
  options: {
    crashes: { type: 'string', default: '240' },
    seed: { type: 'string', default: '1' },
    'per-run': { type: 'string', default: '60' },
    'every-ms': { type: 'string' },
    lies: { type: 'boolean', default: false },
    failpoints: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const [crashes, firstSeed, perRun] = [values.crashes, values.seed, values['per-run']].map(Number);
if (!crashes || !firstSeed || !perRun) {
  console.error('--crashes, --seed and --per-run want whole numbers above 0');
  process.exit(2);
}

if (values.failpoints !== undefined) {
  const deaths = Number(values.failpoints);
  if (!Number.isSafeInteger(deaths) || deaths < 1) {
    console.error('--failpoints wants a whole number above 0');
    process.exit(2);
  }
  const { write } = values;
  process.exit(await runBatches({ crashes: deaths, seed: firstSeed, perRun, write }));
}

const rows: CrashRow[] = [];
const ends: PermitEnds[] = [];
const faults: string[] = [];
let memory: CrashRun['memory'] = ['', ''];
for (let seed = firstSeed; rows.length < crashes; seed += 1) {
  const wanted = Math.min(perRun, crashes - rows.length);
  console.log(`run with seed ${seed}: ${wanted} crashes`);
  console.log(`  #  ${'died'.padEnd(22)} ${'stage'.padEnd(12)}  back after  since start`);
  const run = await crashRun({
    seed,
    crashes: wanted,
    lies: values.lies,
    ...(values['every-ms'] === undefined ? {} : { everyMs: Number(values['every-ms']) }),
    say: (line) => console.log(line),
  });
  rows.push(...run.rows);
  const found = faultsOf(run.summary, run.exitCode);
  console.log(JSON.stringify(run.summary));
  ends.push(endsOf(run.summary));
  memory = run.memory;
  if (found.length === 0) removeHome(run);
  faults.push(...found.map((fault) => `seed ${seed}: ${fault}; see ${run.home}`));
  if (run.rows.length === 0) break;
}

const text = describeCrashes({
  command: `npm run test:crash -- ${process.argv.slice(2).join(' ')}`,
  ...{ rows, ends, faults, memory },
});
console.log(`\n${text}`);
if (values.write) {
  const paced = values['every-ms'] === undefined ? 'crashes' : 'crashes-paced';
  await writeCrashes(values.lies ? 'crashes-lies' : paced, text);
}
const slowest = rows.toSorted((a, b) => b.sinceStartMs - a.sinceStartMs).slice(0, 3);
console.log('slowest:');
for (const row of slowest) console.log(`     ${describeRow(row)}`);
for (const fault of faults) console.error(`FAULT ${fault}`);
console.log(faults.length === 0 ? 'nothing lost, nothing doubled' : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
