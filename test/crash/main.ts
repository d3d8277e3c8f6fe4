// `npm run test:crash`: kills every process, alone and in pairs, while the system trades on paper,
// and shows that nothing was lost and nothing doubled. With --failpoints the executor alone dies, at
// every named point of its code, some of the times with what no disk had yet.
//   npm run test:crash -- [--crashes 240] [--seed 1] [--per-run 60]
//     [--every-ms 20000] [--lies]
//   npm run test:crash -- --failpoints 120 [--seed 1] [--per-run 60] [--write]
import { parseArgs } from 'node:util';
import { crashRun, describeRow, removeHome, type CrashRow } from './crash-run.ts';
import { runBatches } from './failpoints/run-batches.ts';
import { endsOf, faultsOf, sumOfEnds, type PermitEnds } from './faults-of.ts';

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
  if (found.length === 0) removeHome(run);
  faults.push(...found.map((fault) => `seed ${seed}: ${fault}; see ${run.home}`));
  if (run.rows.length === 0) break;
}

console.log(`\n${rows.length} crashes; back to trading, by who died:`);
for (const victims of [...new Set(rows.flatMap((row) => row.victims.split(' + ')))].sort()) {
  const times = rows
    .filter((row) => row.victims.split(' + ').includes(victims))
    .map(({ sinceStartMs }) => sinceStartMs)
    .toSorted((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  console.log(
    `${victims.padEnd(12)} ${String(times.length).padStart(3)} times, since its start: median ${median} ms, most ${times.at(-1)} ms`,
  );
}
const total = (of: (one: PermitEnds) => number): number =>
  ends.reduce((sum, one) => sum + of(one), 0);
console.log(`${total(({ permits }) => permits)} permits, ended and proven: ${total(sumOfEnds)}`);
for (const end of ['landed', 'failed', 'expired', 'refused'] as const) {
  console.log(`  ${end.padEnd(10)} ${total((one) => one[end])}`);
}
const slowest = rows.toSorted((a, b) => b.sinceStartMs - a.sinceStartMs).slice(0, 3);
console.log('slowest:');
for (const row of slowest) console.log(`     ${describeRow(row)}`);
for (const fault of faults) console.error(`FAULT ${fault}`);
console.log(faults.length === 0 ? 'nothing lost, nothing doubled' : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
